/**
 * What TLS trusts and shows, by origin: options, folders of certificates, and what the system trusts anyway.
 *
 * Authorities that are asked for are added to the system's, never put in their place. Client certificates of the options
 * and unverified connections are for the registry alone, never for where it redirects to.
 *
 * @module
 */
import { createSecureContext, type SecureContext } from 'node:tls';
import type { Variables } from '../../credentials/credential.ts';
import type { TlsChoice } from '../connect/open-socket.ts';
import { readCertsFolders, type ClientCertificate, type HostCertificates } from './certs-folder.ts';
import { readCertificates, readPrivateKey, unusable } from './read-pem.ts';
import { systemAuthorities } from './system-authorities.ts';

export interface TlsOptions {
  readonly ca?: string | readonly string[] | undefined;
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  readonly certsFolders?: readonly string[] | undefined;
  readonly insecure?: boolean | undefined;
  /** For `NODE_EXTRA_CA_CERTS`. */
  readonly env?: Variables | undefined;
  /** What is trusted anyway. Default: what Node trusts by itself. */
  readonly roots?: readonly string[] | undefined;
  /** Whether an origin is the registry's own. */
  readonly isRegistry: (origin: URL) => boolean;
  /** As references write it: folders of certificates may be named by it too. */
  readonly registry: string;
}

export type FindTls = (origin: URL) => Promise<TlsChoice>;

export interface TlsFinder {
  readonly find: FindTls;
  /** Frees what was read; it is read again where it is needed again. */
  forget(): void;
}

/** Registries may send their clients to as many hosts as they like. */
const MOST_ORIGINS = 32;

/**
 * Files are read once for each origin, when it is connected to for the first time; of many, the latest are remembered.
 *
 * @throws {SquizzleError} `CREDENTIALS_UNUSABLE`, from `find`, naming the file.
 */
export function createTlsFinder(options: TlsOptions): TlsFinder {
  const known = new Map<string, Promise<TlsChoice>>();
  return {
    async find({ origin }) {
      const choice = known.get(origin) ?? loadTls(options, new URL(origin));
      known.delete(origin);
      known.set(origin, choice);
      for (const oldest of known.keys()) if (known.size > MOST_ORIGINS) known.delete(oldest);
      try {
        return await choice;
      } catch (thrown) {
        known.delete(origin);
        throw thrown;
      }
    },
    forget: () => known.clear(),
  };
}

async function loadTls(options: TlsOptions, origin: URL): Promise<TlsChoice> {
  const isRegistry = options.isRegistry(origin);
  const names = [...hostNames(origin), ...(isRegistry ? [options.registry] : [])];
  const [fromFolders, asked, client] = await Promise.all([
    readCertsFolders(options.certsFolders ?? [], [...new Set(names)]),
    Promise.all([options.ca ?? []].flat().map(async (ca) => readCertificates(ca, 'the option ca'))),
    isRegistry ? readClient(options) : undefined,
  ]);
  const found = {
    authorities: [...asked.flat(), ...fromFolders.authorities],
    clients: client === undefined ? fromFolders.clients : [client],
  };
  const verify = !(isRegistry && options.insecure === true);
  const needed = verify ? found : { ...found, authorities: [] };
  return { secureContext: await contextOf(needed, options, origin), verify };
}

/** With the port, and without it where it is https's own. */
function hostNames({ hostname, port }: URL): readonly string[] {
  return port === '' ? [hostname, `${hostname}:443`] : [`${hostname}:${port}`];
}

async function readClient(options: TlsOptions): Promise<ClientCertificate | undefined> {
  const { clientCertificate, clientKey } = options;
  if (clientCertificate === undefined && clientKey === undefined) return undefined;
  if (clientCertificate === undefined) throw unusable('the option clientKey', 'needs clientCertificate beside it');
  if (clientKey === undefined) throw unusable('the option clientCertificate', 'needs clientKey beside it');
  const certificates = await readCertificates(clientCertificate, 'the option clientCertificate');
  return { cert: certificates.join('\n'), key: await readPrivateKey(clientKey, 'the option clientKey') };
}

/** `undefined` where Node's own defaults do: they are made once for the whole process. */
async function contextOf(
  { authorities, clients }: HostCertificates,
  { env, roots }: TlsOptions,
  origin: URL,
): Promise<SecureContext | undefined> {
  if (authorities.length === 0 && clients.length === 0) return undefined;
  try {
    return createSecureContext({
      ...(authorities.length > 0 && { ca: [...(roots ?? (await systemAuthorities(env))), ...authorities] }),
      ...(clients.length > 0 && { cert: clients.map(({ cert }) => cert), key: clients.map(({ key }) => key) }),
    });
  } catch (cause) {
    throw unusable(
      `the certificates for ${origin.host}`,
      'do not fit together: is the key that of the certificate?',
      cause,
    );
  }
}
