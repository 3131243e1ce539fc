/**
 * Where images are kept, for all `squizzle image` commands.
 *
 * @module
 */
import { resolve } from 'node:path';
import { Option } from 'commander';
import type { GlobalFlags } from '../../global-options.ts';
import type { Session } from '../../project/session.ts';
import { imageFolder } from '../../project/user-folders.ts';

export interface ImageFlags extends GlobalFlags {
  readonly storage?: string;
}

export function storageOption(): Option {
  return new Option(
    '--storage <folder>',
    'where images are kept (default: ${XDG_DATA_HOME:-~/.local/share}/squizzle/images)',
  );
}

export function storageFolder({ environment, cwd }: Session, { storage }: ImageFlags): string {
  return storage === undefined ? imageFolder(environment) : resolve(cwd, storage);
}

export async function openImages(session: Session, flags: ImageFlags) {
  const { createImageBuilder } = await session.environment.adapters.loadOciTools();
  return createImageBuilder({ storageDir: storageFolder(session, flags) });
}
