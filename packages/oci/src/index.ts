/**
 * Content stores for OCI artifacts: the image-layout folder.
 *
 * @module
 */
export type { LayoutFile, LayoutFs } from './layout/layout-fs.ts';
export { createLayoutStore, type LayoutStore, type LayoutStoreOptions } from './layout/layout-store.ts';
