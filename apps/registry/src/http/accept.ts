/**
 * Whether a client that sent this `Accept` takes content of that media type.
 *
 * A registry has one form of a manifest, the one that was pushed, so there is nothing to choose: it is served or
 * refused. Several headers arrive joined by commas. `application/json` is taken as any manifest, which all are JSON.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-12.5.1
 * @module
 */

/** How closely a range fits, 0 when it does not: the closest one decides. */
function specificity(range: string, mediaType: string): number {
  if (range === mediaType) return 4;
  if (range === 'application/json') return 3;
  if (range === 'application/*') return 2;
  return range === '*/*' || range === '*' ? 1 : 0;
}

export function isAcceptable(accept: string | undefined, mediaType: string): boolean {
  if (accept === undefined || accept.trim() === '') return true;
  let closest = 0;
  let wanted = false;
  for (const part of accept.split(',')) {
    const [range = '', ...parameters] = part.split(';');
    const fit = specificity(range.trim().toLowerCase(), mediaType);
    if (fit === 0 || fit < closest) continue;
    // Named twice with different weights: once is enough.
    wanted = !isRefused(parameters) || (fit === closest && wanted);
    closest = fit;
  }
  return wanted;
}

/** A weight of zero says "not this one". One that cannot be read says nothing. */
function isRefused(parameters: readonly string[]): boolean {
  return parameters.some((parameter) => /^[ \t]*q[ \t]*=[ \t]*0(?:\.0*)?[ \t]*$/i.test(parameter));
}
