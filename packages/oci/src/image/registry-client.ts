/**
 * One registry, for images: pushed from and pulled into files, listed, untagged.
 *
 * @module
 */
import nodeFs from 'node:fs/promises';
import { isAbsolute } from 'node:path';
import { SquizzleError, type CallOptions } from '@squizzle/core';
import { parseTag, type RegistryHost, type RepositoryName, type Tag } from '@squizzle/oci-spec';
import type { RegistryIdentity } from '../auth/identity.ts';
import { createRegistryConnection } from '../connection/create-connection.ts';
import type { RegistryOptions } from '../connection/registry-options.ts';
import { untag } from '../registry/deletion/untag.ts';
import { listTags } from '../registry/lists/tags.ts';
import { createRepositoryStore, type RepositoryStore } from '../registry/repository-store.ts';
import { authenticate, type AcceptedLogin } from './client/authenticate.ts';
import { parseClientReference, parseClientRepository } from './client/client-reference.ts';
import { listRepositories } from './client/list-repositories.ts';
import { pullImage } from './client/pull-image.ts';
import { pushImage, type PushedImage, type TransferOptions } from './client/push-image.ts';
import type { ImageFs } from './storage/image-fs.ts';
import { imagePaths } from './storage/image-paths.ts';
import { createImageStorage } from './storage/image-storage.ts';
import type { StoredImage } from './storage/stored-image.ts';

export interface RegistryClientOptions extends Omit<RegistryOptions, 'registry'> {
  /** `https://gitea.example.com`, `ghcr.io`, `localhost:5000`. */
  readonly url: string;
  /** The folder of images that `push` looks names up in. */
  readonly storageDir?: string | undefined;
  /** Default: `node:fs/promises`. */
  readonly fs?: ImageFs | undefined;
}

/** What `build`, `find` and `pull` give; the path of an image's file; or, with `storageDir`, what it is called there. */
export type ImageSource = Pick<StoredImage, 'storagePath'> | string;

/**
 * References are `team/app:1.0`, with or without the registry; without a tag it is `latest`.
 *
 * Every call may throw what speaking to a registry can end with: `AUTH_REQUIRED`, `FORBIDDEN`, `UNREACHABLE`,
 * `TLS_UNTRUSTED`, `RATE_LIMITED`, `REGISTRY_FAILED` …; `SELECTOR_INVALID` for a reference that is none, or another
 * registry's; the signal's reason when aborted.
 */
export interface RegistryClient {
  readonly host: RegistryHost;
  /** Asks the registry whether it takes the credentials. */
  authenticate(options?: CallOptions): Promise<AcceptedLogin>;
  /**
   * Asks the registry who it takes the caller for, and what it lets them do with a repository. Nothing is left behind:
   * where no token says it, an upload is begun and given up, and the deletion of nothing is asked for.
   *
   * @param repository `null`: only who.
   * @throws {SquizzleError} `AUTH_REQUIRED` when credentials are refused, or there are none and nobody is let in without.
   */
  identify(repository: string | null, options?: CallOptions): Promise<RegistryIdentity>;
  /**
   * Sends what the registry lacks, and then sets the tag. Memory does not grow with the image.
   *
   * @throws {SquizzleError} `ARTIFACT_NOT_FOUND`, `ARCHIVE_INVALID`, `STORE_UNUSABLE` for the image's file.
   */
  push(image: ImageSource, reference: string, options?: TransferOptions): Promise<PushedImage>;
  /**
   * Fetches an image, or an index with the images of all platforms, into a folder as `createImageBuilder` has it. Ending
   * early leaves nothing behind.
   *
   * @throws {SquizzleError} `NOT_FOUND`
   */
  pull(reference: string, storageDir: string, options?: TransferOptions): Promise<StoredImage>;
  /** @throws {SquizzleError} `UNSUPPORTED` by a registry without a catalog. */
  listRepositories(options?: CallOptions): Promise<readonly RepositoryName[]>;
  /** None of a repository that does not exist. */
  listTags(repository: string, options?: CallOptions): Promise<readonly Tag[]>;
  /** The tag alone; one that is not there is as good as deleted. @throws {SquizzleError} `UNSUPPORTED` */
  deleteTag(repository: string, tag: string, options?: CallOptions): Promise<void>;
  /** A repository as a content store, over the same connections. */
  store(repository: string): RepositoryStore;
  /** Ends idle connections, so that the process can end. Calls that run go on. */
  close(): Promise<void>;
}

/** @throws {SquizzleError} `USAGE_INVALID` for a URL that is no registry's, and for credentials that are no whole. */
export function createRegistryClient({
  url,
  storageDir,
  fs = nodeFs,
  ...options
}: RegistryClientOptions): RegistryClient {
  const connection = createRegistryConnection({ ...options, registry: url });
  const { host } = connection;
  const accessOf = (repository: string) => connection.repository(parseClientRepository(repository, host));
  return {
    host,
    authenticate: async (callOptions) => authenticate(connection, callOptions),
    identify: async (repository, callOptions) =>
      connection.identify(repository === null ? null : parseClientRepository(repository, host), callOptions),
    async push(image, reference, transferOptions = {}) {
      const target = parseClientReference(reference, host);
      const path = await locateFile(fs, image, storageDir, transferOptions);
      return pushImage(connection, path, target, transferOptions);
    },
    pull: async (reference, folder, transferOptions = {}) =>
      pullImage(connection, parseClientReference(reference, host), { fs, storageDir: folder }, transferOptions),
    listRepositories: async (callOptions) => listRepositories(connection, callOptions),
    listTags: async (repository, callOptions) => listTags(accessOf(repository), callOptions),
    deleteTag: async (repository, tag, callOptions = {}) => untag(accessOf(repository), requireTag(tag), callOptions),
    store: (repository) => createRepositoryStore(accessOf(repository)),
    close: async () => connection.close(),
  };
}

/** A path is absolute or ends in `.tar`; everything else is a name. */
async function locateFile(
  fs: ImageFs,
  image: ImageSource,
  storageDir: string | undefined,
  options: CallOptions,
): Promise<string> {
  if (typeof image !== 'string') return image.storagePath;
  if (isAbsolute(image) || image.endsWith('.tar')) return image;
  if (storageDir !== undefined) {
    return (await createImageStorage(fs, imagePaths(storageDir)).find(image, options)).storagePath;
  }
  const message = `'${image}' is no path of an image's file, and without storageDir no name of one; give either`;
  throw new SquizzleError('ARTIFACT_NOT_FOUND', message, { selector: image });
}

function requireTag(text: string): Tag {
  const tag = parseTag(text);
  if (tag !== undefined) return tag;
  const message = `'${text.slice(0, 300)}' is no tag: expected up to 128 letters, digits, '_', '.' and '-'`;
  throw new SquizzleError('SELECTOR_INVALID', message, { selector: text.slice(0, 300) });
}
