/**
 * All measures, and how large they are.
 */
import { blobMeasures } from './measures/blobs.mjs';
import { requestMeasures } from './measures/requests.mjs';
import { startMeasures } from './measures/start.mjs';
import { uploadMeasures } from './measures/uploads.mjs';

/**
 * @typedef {Readonly<Record<string, number>>} Sample
 * @typedef {{ content: ReturnType<typeof import('./content.mjs').createBlobFiles>, folder: string,
 *   signal: AbortSignal }} Bench
 * @typedef {object} Column
 * @property {string} title
 * @property {string} key of a sample
 * @property {number} digits after the point
 * @property {boolean} [spread] also the least and the greatest
 * @property {boolean} [ratio] also as a multiple of docker-registry
 * @property {boolean} [greatest] the greatest of the samples instead of their median
 *
 * @typedef {object} Measure
 * @property {string} name for `--only`
 * @property {string} title
 * @property {string} [missing] why it cannot be taken here
 * @property {{ title: string, columns: readonly Column[] }} table that shows it
 * @property {number} [rounds] other than those of the scale
 * @property {(server: import('./server.mjs').Server, bench: Bench) => Promise<Sample>} sample on a server of its own
 * @property {{ name: string, version: string, sample: (bench: Bench) => Promise<Sample> }} [beside] takes its turn
 *   without a server
 */

/** @typedef {typeof FULL} Scale */
export const FULL = {
  rounds: 5,
  starts: 10,
  wrkSeconds: 5,
  smallBytes: 10_000_000,
  smallCount: 8,
  bigBytes: 2 ** 30,
  uploadBytes: 16_000_000,
  restMs: 10_000,
};

/** To see that it works, and what changed by a lot. @type {Scale} */
export const QUICK = {
  rounds: 3,
  starts: 5,
  wrkSeconds: 2,
  smallBytes: 10_000_000,
  smallCount: 4,
  bigBytes: 2 ** 28,
  uploadBytes: 4_000_000,
  restMs: 3_000,
};

/** @returns {Measure[]} */
export const listMeasures = (scale) => [
  ...startMeasures(scale),
  ...requestMeasures(scale),
  ...blobMeasures(scale),
  ...uploadMeasures(scale),
];
