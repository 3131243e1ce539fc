/**
 * A connection string, taken apart far enough to say where it leads without saying its secrets.
 *
 * The string itself goes to `pg` as it is, apart from {@link pinVerification}.
 *
 * @see https://www.postgresql.org/docs/current/libpq-connect.html#LIBPQ-CONNSTRING-URIS
 * @module
 */
import { SquizzleError } from '@squizzle/core';

export interface ConnectionTarget {
  /** For `pg`. Holds the password. */
  readonly connectionString: string;
  /** `localhost:5432/shop as app`. */
  readonly description: string;
  readonly database: string;
  readonly user: string;
  /** Takes the password out of a text that others wrote. */
  redact(text: string): string;
}

const EXAMPLE = 'postgres://user:password@host:5432/database';

/** @throws {SquizzleError} `CONFIG_INVALID`, which repeats nothing of the text. */
export function parseConnectionTarget(text: string): ConnectionTarget {
  const url = parseUrl(text);
  const { searchParams } = url;
  const secrets = [url.password, safeDecode(url.password), searchParams.get('password') ?? ''].filter(
    (secret) => secret !== '',
  );
  const user = searchParams.get('user') ?? (safeDecode(url.username) || 'the default user');
  const database = safeDecode(url.pathname.slice(1)) || user;
  const host = searchParams.get('host') ?? (safeDecode(url.hostname) || 'localhost');
  const port = searchParams.get('port') ?? (url.port || '5432');
  const place = host.startsWith('/') ? `${host}/.s.PGSQL.${port}, database ${database}` : `${host}:${port}/${database}`;
  const redact = (message: string): string => secrets.reduce((rest, secret) => rest.replaceAll(secret, '***'), message);
  const connectionString = pinVerification(url, text);
  return { connectionString, description: `${place} as ${user}`, database, user, redact };
}

function parseUrl(text: string): URL {
  if (!/^postgres(ql)?:\/\//i.test(text)) throw invalid(`it does not begin with postgres:// or postgresql://`);
  // "postgres:///db?host=/run/postgresql" and "postgres://user@/db" are valid here and not for the URL parser
  const filled = text.replace(/^(\w+:\/\/)([^/?#]*@)?(?=[/?#]|$)/, '$1$2localhost');
  let url: URL;
  try {
    url = new URL(filled.replace(/^\w+:/, 'postgres:'));
  } catch {
    throw invalid(`it does not parse; characters such as @ : / ? # % in the password must be percent-encoded`);
  }
  // an @ behind the first / ? or # means that a password with such a character was cut there
  const rest = `${url.pathname}${url.hash}${url.username === '' ? url.search : ''}`;
  if (rest.includes('@')) throw invalid(`characters such as @ : / ? # % in the password must be percent-encoded`);
  if (!isDecodable(url.password) || !isDecodable(url.username)) {
    throw invalid(`a % in the user or password must be written as %25`);
  }
  return url;
}

/**
 * `pg` reads `prefer`, `require` and `verify-ca` as `verify-full` and prints a warning about it: saying so
 * ourselves keeps its meaning without the warning. libpq's weaker meanings are had by `uselibpqcompat=true`.
 */
function pinVerification(url: URL, text: string): string {
  if (url.searchParams.get('uselibpqcompat') === 'true') return text;
  return text.replace(/([?&]sslmode=)(prefer|require|verify-ca)(?=&|$)/, '$1verify-full');
}

function safeDecode(text: string): string {
  return isDecodable(text) ? decodeURIComponent(text) : text;
}

function isDecodable(text: string): boolean {
  try {
    return decodeURIComponent(text) !== undefined;
  } catch {
    return false;
  }
}

function invalid(reason: string): SquizzleError {
  const message = `the connection string cannot be used: ${reason}. It should look like ${EXAMPLE}`;
  return new SquizzleError('CONFIG_INVALID', message, { file: 'connection string', key: null });
}
