/**
 * PostgreSQL inside the process, by PGlite: for development and tests, with nothing to install but npm packages.
 *
 * @module
 */
export { createEmbeddedDriver, type EmbeddedDriverOptions } from './embedded-driver.ts';
export { createEmbeddedScratch, type EmbeddedScratchOptions } from '../scratch/embedded-scratch.ts';
