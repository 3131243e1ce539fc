/**
 * Who takes part: each copies an image from an image-layout folder to a registry and back, as a program of its own.
 */
import { existsSync } from 'node:fs';
import path from 'node:path';
import { root } from '../../gates.mjs';
import { missingProgram, versionOf } from '../registry/programs.mjs';

/**
 * @typedef {object} Contender
 * @property {string} name
 * @property {string} version
 * @property {string} [missing] why it cannot take part
 * @property {(layout: string, reference: string) => readonly string[]} push program and arguments; the layout's tag is `bench`
 * @property {(layout: string, reference: string) => readonly string[]} pull into a folder that does not exist yet
 * @property {(repository: string) => readonly string[]} listTags
 */

export const OURS = 'squizzle';
export const THEIRS = 'skopeo';
export const TAG = 'bench';

const library = path.join(root, 'packages/oci/dist/index.js');
const client = path.join(import.meta.dirname, 'client.mjs');

/** @returns {Contender[]} */
export const listContenders = () => [squizzle(), skopeo(), crane(), oras()];

function squizzle() {
  const run = (...args) => [process.execPath, client, ...args];
  return {
    name: OURS,
    version: `Node ${process.versions.node}`,
    ...(!existsSync(library) && { missing: `${library} is not built (npm run build)` }),
    push: (layout, reference) => run('push', layout, reference),
    pull: (layout, reference) => run('pull', layout, reference),
    listTags: (repository) => run('tags', repository),
  };
}

function skopeo() {
  const copy = ['skopeo', '--insecure-policy', 'copy', '--quiet'];
  return installed(THEIRS, {
    push: (layout, reference) => [...copy, '--dest-tls-verify=false', `oci:${layout}:${TAG}`, `docker://${reference}`],
    pull: (layout, reference) => [...copy, '--src-tls-verify=false', `docker://${reference}`, `oci:${layout}:${TAG}`],
    listTags: (repository) => ['skopeo', 'list-tags', '--tls-verify=false', `docker://${repository}`],
  });
}

function crane() {
  return installed('crane', {
    push: (layout, reference) => ['crane', 'push', '--insecure', layout, reference],
    pull: (layout, reference) => ['crane', 'pull', '--insecure', '--format=oci', reference, layout],
    listTags: (repository) => ['crane', 'ls', '--insecure', repository],
  });
}

function oras() {
  return installed('oras', {
    push: (layout, reference) => ['oras', 'cp', '--from-oci-layout', `${layout}:${TAG}`, '--to-plain-http', reference],
    pull: (layout, reference) => ['oras', 'cp', '--from-plain-http', reference, '--to-oci-layout', `${layout}:${TAG}`],
    listTags: (repository) => ['oras', 'repo', 'tags', '--plain-http', repository],
  });
}

function installed(name, commands) {
  const missing = missingProgram(name);
  return {
    name,
    version: missing === undefined ? versionOf(name).split(' ').at(-1) : '',
    ...(missing !== undefined && { missing }),
    ...commands,
  };
}
