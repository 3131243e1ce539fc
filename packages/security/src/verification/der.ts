/**
 * DER (X.690), strictly: one encoding for each value, nothing after it, no length that is not the shortest. Enough of
 * it for certificates and timestamps; nothing is nested deeper than whoever reads it goes.
 *
 * @module
 */
import type { Refuse } from '../bundle/bundle-fault.ts';

export const DER_TAG = {
  boolean: 0x01,
  integer: 0x02,
  bitString: 0x03,
  octetString: 0x04,
  oid: 0x06,
  utf8String: 0x0c,
  generalizedTime: 0x18,
  sequence: 0x30,
  set: 0x31,
} as const;

export interface DerElement {
  readonly tag: number;
  readonly content: Buffer;
  /** With tag and length. */
  readonly raw: Buffer;
}

/** All of the bytes as one element of this tag. */
export function readDer(bytes: Buffer, tag: number, refuse: Refuse): DerElement {
  const items = readDerItems(bytes, refuse);
  const [only] = items;
  if (only === undefined || items.length > 1) return refuse('it must be one element of DER');
  return requireTag(only, tag, refuse);
}

/** The elements that stand one after the other in the content of an element. */
export function readDerItems(bytes: Buffer, refuse: Refuse): readonly DerElement[] {
  const items: DerElement[] = [];
  for (let at = 0; at < bytes.length;) {
    const element = readElement(bytes.subarray(at), refuse);
    items.push(element);
    at += element.raw.length;
  }
  return items;
}

/** The items of a constructed element, which must have this tag. */
export function readDerList(element: DerElement | undefined, tag: number, refuse: Refuse): readonly DerElement[] {
  return readDerItems(requireTag(element, tag, refuse).content, refuse);
}

export function requireTag(element: DerElement | undefined, tag: number, refuse: Refuse): DerElement {
  if (element?.tag === tag) return element;
  return refuse(`it must have an element with tag 0x${tag.toString(16)} where it has ${describe(element)}`);
}

/** As dotted numbers. */
export function readOid(element: DerElement | undefined, refuse: Refuse): string {
  const { content } = requireTag(element, DER_TAG.oid, refuse);
  const arcs: number[] = [];
  let arc = 0;
  for (const [index, byte] of content.entries()) {
    if (arc === 0 && byte === 0x80) refuse('it has an object identifier that is not the shortest');
    arc = arc * 128 + (byte & 0x7f);
    if (arc > Number.MAX_SAFE_INTEGER / 128) refuse('it has an object identifier that is too large');
    if (byte < 0x80) {
      arcs.push(arc);
      arc = 0;
    } else if (index === content.length - 1) refuse('it has an object identifier that ends early');
  }
  const [first] = arcs;
  if (first === undefined) return refuse('it has an empty object identifier');
  const root = Math.min(Math.floor(first / 40), 2);
  return [root, first - root * 40, ...arcs.slice(1)].join('.');
}

/** Text that people can read: no control characters. */
export function readUtf8(bytes: Buffer, refuse: Refuse): string {
  const text = decodeUtf8(bytes) ?? refuse('it has text that is not UTF-8');
  return /\p{Cc}/u.test(text) ? refuse('it has text with control characters') : text;
}

function decodeUtf8(bytes: Buffer): string | undefined {
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    return undefined;
  }
}

function readElement(bytes: Buffer, refuse: Refuse): DerElement {
  const [tag, first] = bytes;
  if (tag === undefined || first === undefined) return refuse('it ends in the middle of an element');
  if ((tag & 0x1f) === 0x1f) refuse('it has a tag of more than one byte');
  const lengthBytes = first < 0x80 ? 0 : first & 0x7f;
  if (first === 0x80 || lengthBytes > 4) refuse('it has a length that DER does not have');
  const start = 2 + lengthBytes;
  const length = lengthBytes === 0 ? first : readLength(bytes.subarray(2, start), lengthBytes, refuse);
  if (start + length > bytes.length) refuse('it ends in the middle of an element');
  return { tag, content: bytes.subarray(start, start + length), raw: bytes.subarray(0, start + length) };
}

function readLength(bytes: Buffer, size: number, refuse: Refuse): number {
  if (bytes.length < size) refuse('it ends in the middle of an element');
  const length = bytes.readUIntBE(0, size);
  return length < 0x80 || bytes[0] === 0 ? refuse('it has a length that is not the shortest') : length;
}

function describe(element: DerElement | undefined): string {
  return element === undefined ? 'none' : `0x${element.tag.toString(16)}`;
}
