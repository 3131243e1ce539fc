/**
 * The configuration as it may be shown: variables filled in, secrets masked.
 *
 * @module
 */
import { maskSecrets } from '../secrets.ts';
import { hasReference, interpolate, type Variables } from './interpolation.ts';

/** A copy of the file's data; a value whose variables are not set stays as it is written. */
export function maskConfig(data: unknown, variables: Variables): unknown {
  if (typeof data === 'string') return maskText(data, variables);
  if (Array.isArray(data)) return data.map((each) => maskConfig(each, variables));
  if (typeof data !== 'object' || data === null) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, maskConfig(value, variables)]));
}

function maskText(text: string, variables: Variables): string {
  if (!hasReference(text)) return maskSecrets(text);
  const filled = interpolate(text, variables);
  return maskSecrets(filled === undefined || filled.unset.length > 0 ? text : filled.masked);
}
