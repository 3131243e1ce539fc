/**
 * Questions that are on their way at once.
 *
 * @module
 */

/**
 * As `Promise.all`, but ends only when all have ended: nothing is then still to be sent, or answered, that would come after
 * the end of the transaction it was meant for. The first that failed is told, the others failed for its sake.
 */
export async function allAnswers<T extends readonly unknown[] | []>(
  answers: T,
): Promise<{ -readonly [P in keyof T]: Awaited<T[P]> }> {
  const all = Promise.all(answers);
  await Promise.allSettled([all, ...answers]);
  return all;
}
