/**
 * Globs, matched in time proportional to pattern × text: what is matched was written by strangers.
 *
 * No star stands for an `@`. Behind it comes the branch of a workflow or the domain of a mail address, and with a star over
 * it `release.yml@refs/heads/evil@refs/heads/main` would be as `*@refs/heads/main`: a branch may be called so.
 *
 * @module
 */

/** A text to compare as it is, or stars: `*` stands for any characters but `/` and `@`, `**` for any but `@`. */
export type GlobPart = string | { readonly stars: 1 | 2 };

/** Longer texts match no glob: nothing that a policy names is that long. */
const MAX_TEXT = 8192;

/** The parts of a pattern; three stars and more are as two. */
export function parseGlob(pattern: string): readonly GlobPart[] {
  return pattern
    .split(/(\*+)/)
    .filter((part) => part !== '')
    .map((part) => (part.startsWith('*') ? { stars: part.length === 1 ? 1 : 2 } : part));
}

/** Whether the whole text is as the parts say. */
export function matchesGlob(parts: readonly GlobPart[], text: string): boolean {
  if (text.length > MAX_TEXT) return false;
  // Where the part may begin: every place that the parts before can have led to.
  let places = new Set([0]);
  for (const part of parts) {
    const next = new Set<number>();
    if (typeof part === 'string') {
      for (const place of places) if (text.startsWith(part, place)) next.add(place + part.length);
    } else {
      spread(places, part.stars, text, next);
    }
    if (next.size === 0) return false;
    places = next;
  }
  return places.has(text.length);
}

function spread(places: ReadonlySet<number>, stars: 1 | 2, text: string, next: Set<number>): void {
  for (const place of places) {
    for (let end = place; end <= text.length && !next.has(end); end++) {
      next.add(end);
      if (text[end] === '@' || (stars === 1 && text[end] === '/')) break;
    }
  }
}
