/**
 * Answers of services as data: parsed and checked, or refused without being quoted.
 *
 * @module
 */
import * as v from 'valibot';
import type { ServiceAnswer } from './exchange.ts';
import { signingFailed } from './signing-failed.ts';

/** @throws {SquizzleError} `SIGNING_FAILED` for what is no JSON or of another shape. */
export function readJson<TSchema extends v.GenericSchema>(
  service: string,
  answer: ServiceAnswer,
  schema: TSchema,
): v.InferOutput<TSchema> {
  const result = v.safeParse(schema, parseJson(answer.body));
  if (result.success) return result.output;
  const hint = 'its answer is not of the expected form: see that the address is right and the version supported';
  throw signingFailed(service, answer.status, hint);
}

/** `undefined` for what is no JSON. */
export function parseJson(bytes: Uint8Array | string): unknown {
  try {
    return JSON.parse(typeof bytes === 'string' ? bytes : Buffer.from(bytes).toString('utf8'));
  } catch {
    return undefined;
  }
}
