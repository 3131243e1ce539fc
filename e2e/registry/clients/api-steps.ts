/**
 * A client's requests, one after the other, with the answers in which docker-registry and the specification agree.
 *
 * @see https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#endpoints
 * @module
 */
import { send, type Sending } from '../../support/http.ts';
import { ACCEPT_MANIFESTS, blobsOf, contentOf, digestOf, imageOf, layerOf, type Content } from './images.ts';

export interface Step {
  readonly why: string;
  readonly method: string;
  /** Under `/v2/`. `SESSION` stands for the location of the upload that was begun last. */
  readonly target: string;
  readonly sending?: Sending;
  /** Status, and the code of the error in the body. */
  readonly answer: string;
}

const IMAGE = imageOf([layerOf({ 'etc/name': 'small\n' })]);
const LAYER = IMAGE.layers[0]?.digest ?? '';
const ABSENT = digestOf(Buffer.from('absent'));
const OTHER = contentOf('application/octet-stream', Buffer.from('other'));

const asBytes = ({ bytes }: Content): Sending => ({
  headers: { 'content-type': 'application/octet-stream' },
  body: bytes,
});
const manifest: Sending = { headers: { 'content-type': IMAGE.mediaType }, body: IMAGE.bytes };
const accept: Sending = { headers: { accept: ACCEPT_MANIFESTS } };
const range: Sending = { headers: { range: 'bytes=0-9' } };

function step(why: string, request: string, answer: string, sending?: Sending): Step {
  const [method = '', target = ''] = request.split(' ');
  return { why, method, target, answer, ...(sending !== undefined && { sending }) };
}

const upload = (content: Content): readonly Step[] => [
  step('a session begins', 'POST app/blobs/uploads/', '202'),
  step('its bytes', 'PATCH SESSION', '202', asBytes(content)),
  step('how far it is', 'GET SESSION', '204'),
  step('it is a blob', `PUT SESSION?digest=${content.digest}`, '201'),
];

export const STEPS: readonly Step[] = [
  step('the version', 'GET ', '200'),
  step('no such repository yet', 'GET app/tags/list', '404 NAME_UNKNOWN'),
  step('no such blob yet', `HEAD app/blobs/${LAYER}`, '404'),
  ...blobsOf(IMAGE).flatMap(upload),
  step('the session has ended', 'GET SESSION', '404 BLOB_UPLOAD_UNKNOWN'),
  step('a session to be refused', 'POST app/blobs/uploads/', '202'),
  step('bytes of another digest', `PUT SESSION?digest=${ABSENT}`, '400 DIGEST_INVALID', asBytes(OTHER)),
  step('a session to be cancelled', 'POST app/blobs/uploads/', '202'),
  step('cancelled', 'DELETE SESSION', '204'),
  step('it is gone', 'PATCH SESSION', '404 BLOB_UPLOAD_UNKNOWN', asBytes(OTHER)),
  step('the blob is there', `HEAD app/blobs/${LAYER}`, '200'),
  step('it can be read', `GET app/blobs/${LAYER}`, '200'),
  step('in part as well', `GET app/blobs/${LAYER}`, '206', range),
  step('another is not there', `GET app/blobs/${ABSENT}`, '404 BLOB_UNKNOWN'),
  step('the manifest by tag', 'PUT app/manifests/1.0.0', '201', manifest),
  step('the manifest by digest', `PUT app/manifests/${IMAGE.digest}`, '201', manifest),
  step('not by another digest', `PUT app/manifests/${ABSENT}`, '400 DIGEST_INVALID', manifest),
  step('it is there by tag', 'HEAD app/manifests/1.0.0', '200', accept),
  step('it is there by digest', `GET app/manifests/${IMAGE.digest}`, '200', accept),
  step('no such tag', 'GET app/manifests/2.0.0', '404 MANIFEST_UNKNOWN', accept),
  step('the tags', 'GET app/tags/list', '200'),
  step('the repositories', 'GET _catalog', '200'),
  step('a mount', `POST mounted/blobs/uploads/?mount=${LAYER}&from=app`, '201'),
  step('nothing to mount', `POST mounted/blobs/uploads/?mount=${ABSENT}&from=app`, '202'),
  step('the image is deleted', `DELETE app/manifests/${IMAGE.digest}`, '202'),
  step('its tag names nothing', 'GET app/manifests/1.0.0', '404 MANIFEST_UNKNOWN', accept),
  step('it is deleted only once', `DELETE app/manifests/${IMAGE.digest}`, '404 MANIFEST_UNKNOWN'),
  step('the blob is deleted', `DELETE app/blobs/${LAYER}`, '202'),
  step('it is gone', `GET app/blobs/${LAYER}`, '404 BLOB_UNKNOWN'),
  step('where it was mounted it stays', `GET mounted/blobs/${LAYER}`, '200'),
];

/** Each step with the answer it got, as in the table. */
export async function playSteps(url: string): Promise<readonly string[]> {
  const answers: string[] = [];
  let session = '';
  for (const { why, method, target, sending } of STEPS) {
    const { status, headers, body } = await send(method, resolveTarget(target, url, session), sending);
    if (status === 202 && headers.location !== undefined) session = new URL(headers.location, url).href;
    answers.push(describeStep(method, target, why, [status, ...errorCode(body)].join(' ')));
  }
  return answers;
}

export function describeStep(method: string, target: string, why: string, answer: string): string {
  return `${why}: ${method} ${target} is ${answer}`;
}

function resolveTarget(target: string, url: string, session: string): string {
  if (!target.startsWith('SESSION')) return `${url}/v2/${target}`;
  const location = new URL(session);
  // The location may have a query of its own, which stays.
  for (const [name, value] of new URLSearchParams(target.split('?')[1])) location.searchParams.set(name, value);
  return location.href;
}

function errorCode(body: Buffer): readonly string[] {
  if (!body.toString().startsWith('{"errors":')) return [];
  const { errors } = JSON.parse(body.toString()) as { readonly errors: readonly { readonly code: string }[] };
  return errors.slice(0, 1).map(({ code }) => code);
}
