/**
 * Folders of certificates, a folder in them for each host: `*.crt` are authorities, `*.cert` with `*.key` are client
 * certificates.
 *
 * @see https://github.com/containers/image/blob/main/docs/containers-certs.d.5.md
 * @module
 */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { readCertificates, readPrivateKey, unusable } from './read-pem.ts';

export interface ClientCertificate {
  readonly cert: string;
  readonly key: string;
}

export interface HostCertificates {
  readonly authorities: readonly string[];
  readonly clients: readonly ClientCertificate[];
}

/** `names`: a host as it may be written, `registry.example` and `registry.example:443`. Folders that lack it add nothing. */
export async function readCertsFolders(
  folders: readonly string[],
  names: readonly string[],
): Promise<HostCertificates> {
  const paths = folders.flatMap((folder) => names.map((name) => join(folder, name)));
  const found = await Promise.all(paths.map(readCertsFolder));
  return {
    authorities: found.flatMap(({ authorities }) => authorities),
    clients: found.flatMap(({ clients }) => clients),
  };
}

async function readCertsFolder(path: string): Promise<HostCertificates> {
  const files = await filesOf(path);
  const ending = (end: string): readonly string[] => files.filter((file) => file.endsWith(end));
  const authorities = await Promise.all(
    ending('.crt').map(async (file) => readCertificates(join(path, file), 'the folder of certificates')),
  );
  const clients = await Promise.all(ending('.cert').map(async (file) => readClient(path, file, files)));
  return { authorities: authorities.flat(), clients };
}

async function readClient(path: string, file: string, files: readonly string[]): Promise<ClientCertificate> {
  const keyFile = file.replace(/\.cert$/, '.key');
  if (!files.includes(keyFile)) throw unusable(join(path, file), `has no key beside it: expected ${keyFile}`);
  const certificates = await readCertificates(join(path, file), 'the folder of certificates');
  return {
    cert: certificates.join('\n'),
    key: await readPrivateKey(join(path, keyFile), 'the folder of certificates'),
  };
}

/** A folder that this user may not look into is meant for others. */
async function filesOf(path: string): Promise<readonly string[]> {
  try {
    return (await readdir(path)).toSorted();
  } catch (cause) {
    const code = cause instanceof Error && 'code' in cause ? cause.code : undefined;
    if (['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM'].includes(String(code))) return [];
    throw unusable(path, `cannot be listed (${String(code)})`, cause);
  }
}
