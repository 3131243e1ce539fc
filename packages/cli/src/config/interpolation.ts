/**
 * `${NAME}` and `${NAME:-default}` in configuration strings; `$$` is a dollar sign.
 *
 * A variable that is unset or empty is a fault only when the value is asked for: the address of production does not
 * stand in the way of development.
 *
 * @module
 */
import { isSecretName, MASK } from '../secrets.ts';

export type Variables = Readonly<Record<string, string | undefined>>;

export interface Interpolation {
  /** The text with all variables filled in; those in {@link unset} are empty there. */
  readonly text: string;
  /** As `text`, without the values of variables whose names mark them as secrets. */
  readonly masked: string;
  /** Variables without value or default, in order. */
  readonly unset: readonly string[];
}

const REFERENCE = /\$(?:(\$)|\{([A-Za-z_][A-Za-z0-9_]*)(?::-([^}]*))?\}|(\{))/g;

/** Whether anything in the text would be replaced. */
export function hasReference(text: string): boolean {
  return text.includes('$') && text.search(REFERENCE) >= 0;
}

/** @returns `undefined` when a `${` does not begin a reference. */
export function interpolate(text: string, variables: Variables): Interpolation | undefined {
  const unset: string[] = [];
  let malformed = false;
  const fill = (masking: boolean): string =>
    text.replaceAll(REFERENCE, (_match, dollar?: string, name?: string, fallback?: string) => {
      if (dollar !== undefined) return '$';
      if (name === undefined) {
        malformed = true;
        return '';
      }
      const value = (variables[name] ?? '') || fallback;
      if (value === undefined && masking) unset.push(name);
      return masking && isSecretName(name) && value !== undefined ? MASK : (value ?? '');
    });
  const [plain, masked] = [fill(false), fill(true)];
  return malformed ? undefined : { text: plain, masked, unset };
}
