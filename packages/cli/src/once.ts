/**
 * A value that is made when it is first asked for, and then kept; a promise is kept however it ends.
 *
 * @module
 */
export function once<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => (made ??= { value: make() }).value;
}
