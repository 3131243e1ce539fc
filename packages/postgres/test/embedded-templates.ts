/**
 * Where tests keep the fresh database that PGlite starts from: made once for all of them, and for later runs.
 *
 * @module
 */
import { resolve } from 'node:path';

export const EMBEDDED_TEMPLATES = resolve(import.meta.dirname, '../../../node_modules/.cache/squizzle/templates');
