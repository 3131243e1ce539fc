/**
 * What a file, a variable or a flag says about a setting, before it is checked.
 *
 * @module
 */
import { findNearest } from './nearest.ts';
import type { Origin } from './origin.ts';
import { SETTING_PATHS, type SettingPath } from './settings.ts';

export interface GivenValue {
  readonly path: SettingPath;
  /** Text, or what a file holds in its place. */
  readonly value: unknown;
  readonly origin: Origin;
}

export interface Problem {
  /** The setting, flag, variable or file that is meant. */
  readonly subject: string;
  readonly message: string;
  readonly origin?: Origin;
}

/** What one source gives: nothing in it is lost because something else is wrong. */
export interface GivenValues {
  readonly values: readonly GivenValue[];
  readonly problems: readonly Problem[];
}

/** Advice for a name that nothing has. `nameOf` is how this source writes the path of a setting. */
export function adviseName(
  word: string,
  nameOf: (path: SettingPath) => string,
  others: readonly string[] = [],
): string {
  const names = new Map<string, string>(others.map((name) => [name, name]));
  for (const path of SETTING_PATHS) {
    names.set(path.replaceAll(/[._]/g, '-'), nameOf(path));
    names.set(nameOf(path), nameOf(path));
  }
  const nearest = findNearest(word, [...names.keys()]);
  const name = nearest === undefined ? undefined : names.get(nearest);
  return name === undefined ? "'squizzle-registry serve --help' lists all there are" : `did you mean ${name}?`;
}
