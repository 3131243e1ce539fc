/**
 * The file system functions that building and keeping images needs. `node:fs/promises` has them all.
 *
 * @module
 */
import type { LayoutFs } from '../../layout/layout-fs.ts';
import type { ContextFs, ContextHandle } from '../context/context-fs.ts';

export type ImageFs = Omit<LayoutFs, 'open' | 'readdir'> &
  Omit<ContextFs, 'open' | 'readdir'> & {
    readonly open: LayoutFs['open'] & ((path: string, flags: number) => Promise<ContextHandle>);
    readonly readdir: LayoutFs['readdir'] & ContextFs['readdir'];
    /** Fails with ENOTEMPTY when anything is in it. */
    rmdir(path: string): Promise<void>;
  };
