/**
 * The lines that divide a file of the plain layout: `-- +check`, `-- +up`, `-- +verify` and `-- +down`.
 *
 * A marker begins its line and is all of it. What only looks like one is told, never passed over: an author who writes
 * `-- +donw` wants no way back that runs with the way forth.
 *
 * @module
 */
export const SECTION_NAMES = ['check', 'up', 'verify', 'down'] as const;
export type SectionName = (typeof SECTION_NAMES)[number];

export interface Marker {
  readonly name: SectionName;
  /** As it stands there, without its line's end. */
  readonly text: string;
  /** Of its first character. */
  readonly index: number;
  /** Of the first character of the next line. */
  readonly end: number;
}

export interface LooseMarker {
  readonly text: string;
  readonly index: number;
  /** The word behind the `+`, in lower case. */
  readonly word: string;
  /** The word is all that is on the line. */
  readonly bare: boolean;
  readonly nearest: SectionName;
  /** Single edits from the nearest name, a swap of neighbours being one. */
  readonly distance: number;
}

const MARKER = /^--[ \t]*\+(check|up|verify|down)[ \t]*\r?(?:\n|(?![^]))/gim;
const LOOSE = /^[ \t]*--[ \t]*\+([a-z][\w-]*)([^\n]*)/gim;

/** @param text one character a byte (latin1). */
export function findMarkers(text: string): readonly Marker[] {
  return [...text.matchAll(MARKER)].map((match) => ({
    name: (match[1] ?? '').toLowerCase() as SectionName,
    text: match[0].trimEnd(),
    index: match.index,
    end: match.index + match[0].length,
  }));
}

export function findMarker(text: string): Marker | undefined {
  return findMarkers(text)[0];
}

/** Comments that are written as markers are, and are none. */
export function findLooseMarkers(text: string, markers: readonly Marker[]): readonly LooseMarker[] {
  const exact = new Set(markers.map(({ index }) => index));
  return [...text.matchAll(LOOSE)].filter(({ index }) => !exact.has(index)).map(toLoose);
}

function toLoose(match: RegExpExecArray): LooseMarker {
  const word = (match[1] ?? '').toLowerCase();
  const distances = SECTION_NAMES.map((name) => ({ name, distance: editDistance(word, name) }));
  const [best] = distances.toSorted((a, b) => a.distance - b.distance);
  return {
    text: match[0].trim(),
    index: match.index,
    word,
    bare: (match[2] ?? '').trim() === '',
    nearest: best?.name ?? 'up',
    distance: best?.distance ?? 0,
  };
}

/** Optimal string alignment: insert, delete, replace, or swap two neighbours. */
function editDistance(from: string, to: string): number {
  const rows = [Array.from({ length: to.length + 1 }, (_, at) => at)];
  for (let i = 1; i <= from.length; i++) {
    const [before, last = []] = [rows[i - 2], rows[i - 1]];
    const row = [i];
    for (let j = 1; j <= to.length; j++) {
      const replaced = (last[j - 1] ?? 0) + (from[i - 1] === to[j - 1] ? 0 : 1);
      const swapped = from[i - 1] === to[j - 2] && from[i - 2] === to[j - 1] ? before?.[j - 2] : undefined;
      row.push(Math.min(replaced, (last[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (swapped ?? Infinity) + 1));
    }
    rows.push(row);
  }
  return rows[from.length]?.[to.length] ?? 0;
}
