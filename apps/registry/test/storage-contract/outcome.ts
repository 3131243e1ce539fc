/**
 * How a call ended, as a value: for cases in which several calls end differently.
 *
 * @module
 */
import { RegistryError, type RegistryErrorKind } from '../../src/registry-error.ts';

/** What a refusal must be, for `rejects.toMatchObject`. */
export function refusal(kind: RegistryErrorKind, detail?: Readonly<Record<string, unknown>>): object {
  return { name: 'RegistryError', kind, ...(detail && { detail }) };
}

/** What the call resolved to, or the kind that it was refused with. Any other failure passes through. */
export async function answerOf<T>(call: Promise<T>): Promise<T | RegistryErrorKind> {
  try {
    return await call;
  } catch (thrown) {
    if (thrown instanceof RegistryError) return thrown.kind as RegistryErrorKind;
    throw thrown;
  }
}

/** `done`, or the kind that the call was refused with. Any other failure passes through. */
export async function outcomeOf(call: Promise<unknown>): Promise<RegistryErrorKind | 'done'> {
  return answerOf(call.then(() => 'done' as const));
}

/** Lets everything else that is ready run first. No time passes: polling loops use it, so that they starve nobody. */
export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => {
    setImmediate(resolve);
  });
}
