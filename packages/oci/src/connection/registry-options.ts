/**
 * How a registry is reached: what every entry point of this package takes.
 *
 * @module
 */
import type { Variables } from '../credentials/credential.ts';
import type { TransferLimits } from '../http/transfer-limits.ts';
import type { OnRegistryEvent } from '../registry/registry-event.ts';

export interface RegistryOptions {
  /**
   * `ghcr.io`, `localhost:5000`, or with the scheme to use: `https://registry.internal:8443`.
   * Without one it is https; on loopback hosts, and with `insecure`, http where the host does not speak TLS.
   */
  readonly registry: string;
  readonly username?: string | undefined;
  readonly password?: string | undefined;
  /** Instead of user name and password: a token to exchange, or one that is sent as it is. */
  readonly identityToken?: string | undefined;
  readonly registryToken?: string | undefined;
  /** Plain http and certificates that nobody vouches for are taken, for this host alone. For tests. */
  readonly insecure?: boolean | undefined;
  /** Certificate authorities beside the system's: each a PEM text or the path of a PEM file. */
  readonly ca?: string | readonly string[] | undefined;
  /** For mutual TLS: PEM texts or paths of PEM files. */
  readonly clientCertificate?: string | undefined;
  readonly clientKey?: string | undefined;
  /**
   * Folders with a folder for each `host[:port]`, which holds `*.crt` (authorities) and `*.cert` with `*.key`
   * (client certificates). Default: `/etc/containers/certs.d`, `/etc/docker/certs.d` and, below `homeFolder`,
   * `.config/containers/certs.d`. Those that do not exist are passed over.
   */
  readonly certsFolders?: readonly string[] | undefined;
  /**
   * Variables for credentials (`SQUIZZLE_USERNAME`, `DOCKER_CONFIG`, `REGISTRY_AUTH_FILE` …) and proxies
   * (`HTTPS_PROXY`, `NO_PROXY`). Default: none. Programs pass `process.env`.
   */
  readonly env?: Variables | undefined;
  /** Where `.docker/config.json` lies. Default: the user's home folder. */
  readonly homeFolder?: string | undefined;
  /** Limits that shall differ from the defaults. */
  readonly limits?: Partial<TransferLimits> | undefined;
  readonly onEvent?: OnRegistryEvent | undefined;
}
