/**
 * `WWW-Authenticate`, read as RFC 9110 writes it and forgiven where servers do not: what makes no sense is passed over.
 *
 * Pure, never throws, and works in proportion to the text, of which no more than {@link MAX_CHARACTERS} are read.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9110#section-11.6.1
 * @module
 */
export interface Challenge {
  /** In lower case: `bearer`. */
  readonly scheme: string;
  /** Names in lower case. Of a name given twice the first counts. */
  readonly parameters: ReadonlyMap<string, string>;
  /** What some schemes send instead of parameters. */
  readonly token68: string | null;
}

export const MAX_CHARACTERS = 16 * 1024;
export const MAX_CHALLENGES = 16;
const MAX_PARAMETERS = 32;

/** Each line may hold several challenges; one challenge never goes over two lines. */
export function parseChallenges(lines: readonly string[]): readonly Challenge[] {
  const challenges: Challenge[] = [];
  let characters = 0;
  for (const line of lines) {
    const text = line.slice(0, MAX_CHARACTERS - characters);
    characters += text.length;
    challenges.push(...parseLine(text));
  }
  return challenges.slice(0, MAX_CHALLENGES);
}

interface OpenChallenge {
  readonly scheme: string;
  readonly parameters: Map<string, string>;
  token68: string | null;
}

const SEPARATORS = /[\s,]*/y;
const NAME = /[A-Za-z0-9!#$%&'*+.^_`|~-]+/y;
const EQUALS = /[ \t]*=(?!=)[ \t]*/y;
const TOKEN68 = /[ \t]+([A-Za-z0-9._~+/-]+=*)(?=[ \t]*(?:,|$))/y;
const QUOTED = /"((?:[^"\\]|\\[^])*)"/y;
/** Wider than RFC 9110's token: URLs are seen without quotes. */
const BARE = /[^\s,"]*/y;
const GARBAGE = /[^\s,]+/y;

function parseLine(text: string): readonly OpenChallenge[] {
  const challenges: OpenChallenge[] = [];
  let at = 0;
  const take = (pattern: RegExp): RegExpExecArray | null => {
    pattern.lastIndex = at;
    const match = pattern.exec(text);
    if (match !== null) at = pattern.lastIndex;
    return match;
  };
  for (take(SEPARATORS); at < text.length; take(SEPARATORS)) {
    const name = take(NAME)?.[0].toLowerCase();
    if (name === undefined) {
      if (take(QUOTED) === null) take(GARBAGE);
    } else if (take(EQUALS) !== null) addParameter(challenges.at(-1), name, takeValue(take));
    else challenges.push({ scheme: name, parameters: new Map(), token68: take(TOKEN68)?.[1] ?? null });
  }
  return challenges;
}

/** `undefined`: a quote that never ends. */
function takeValue(take: (pattern: RegExp) => RegExpExecArray | null): string | undefined {
  const quoted = take(QUOTED)?.[1];
  if (quoted !== undefined) return quoted.replace(/\\([^])/g, '$1');
  const bare = take(BARE)?.[0];
  return bare === '' ? undefined : bare;
}

function addParameter(challenge: OpenChallenge | undefined, name: string, value: string | undefined): void {
  if (challenge === undefined || value === undefined) return;
  const { parameters } = challenge;
  if (!parameters.has(name) && parameters.size < MAX_PARAMETERS) parameters.set(name, value);
}
