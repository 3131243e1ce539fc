/**
 * The version of this package, from the `package.json` that is installed with it: `src` and `dist` lie beside it.
 *
 * @module
 */
import { readFileSync } from 'node:fs';

export function ownVersion(): string {
  const { version } = JSON.parse(readFileSync(new URL('../package.json', import.meta.url), 'utf8')) as {
    readonly version: string;
  };
  return version;
}
