/**
 * Content that can be read again and again, and is verified each time.
 *
 * Whoever passes it on need not hash it a second time: {@link isVerifiedAs} tells. Only this module can mark content.
 *
 * @module
 */
import type { ContentId } from './descriptor.ts';
import { sameContent } from './descriptor.ts';
import { verifyContent, type Bytes } from './verify-content.ts';

const verified = new WeakMap<object, ContentId>();

/**
 * @param open gives the bytes from the start, once for every iteration.
 * @param onVerified told at the end of every iteration whose bytes turned out right.
 * @returns an iterable whose iterations are `verifyContent` of what `open` gave.
 */
export function verifiedContent(
  open: () => Bytes,
  { digest, size }: ContentId,
  onVerified?: () => void,
): AsyncIterable<Uint8Array> {
  const expected: ContentId = { digest, size };
  const verify = (): AsyncGenerator<Uint8Array, void, undefined> => verifyContent(open(), expected);
  const content: AsyncIterable<Uint8Array> = {
    [Symbol.asyncIterator]: () => (onVerified === undefined ? verify() : thenTell(verify(), onVerified)),
  };
  verified.set(content, expected);
  return content;
}

async function* thenTell(
  content: AsyncGenerator<Uint8Array, void, undefined>,
  tell: () => void,
): AsyncGenerator<Uint8Array, void, undefined> {
  yield* content;
  tell();
}

/** Whether reading `content` to its end proves that it is `expected`. */
export function isVerifiedAs(content: Bytes, expected: ContentId): boolean {
  const known = verified.get(content);
  return known !== undefined && sameContent(known, expected);
}

/** Whether each iteration begins anew. A generator, a stream or an iterator gives what it has once. */
export function isReiterable(content: Bytes): boolean {
  if (verified.has(content) || Array.isArray(content)) return true;
  const iterator: unknown = Symbol.asyncIterator in content ? content[Symbol.asyncIterator] : content[Symbol.iterator];
  return typeof iterator === 'function' && !('next' in content) && !('read' in content);
}
