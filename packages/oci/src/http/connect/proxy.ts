/**
 * Which proxy a URL is reached through: `HTTPS_PROXY`, `HTTP_PROXY`, `ALL_PROXY` and `NO_PROXY`, as curl and Go read
 * them. Lower case goes before upper case; loopback hosts are never asked for through a proxy.
 *
 * @see https://curl.se/docs/manpage.html#ENVIRONMENT
 * @see https://pkg.go.dev/golang.org/x/net/http/httpproxy
 * @module
 */
import { SquizzleError } from '@squizzle/core';
import { BlockList, isIP } from 'node:net';
import type { Variables } from '../../credentials/credential.ts';
import { classifyAddress, literalAddress, withoutBrackets } from '../private-address.ts';

export interface Proxy {
  /** `http://` or `https://`, without userinfo. */
  readonly url: URL;
  /** Value of `Proxy-Authorization`, from the userinfo. */
  readonly authorization: string | undefined;
  /** The variable that names it, for messages. */
  readonly source: string;
}

export type FindProxy = (url: URL) => Proxy | undefined;

/** @throws {SquizzleError} `USAGE_INVALID` from the function it answers, when the variable holds no URL of a proxy. */
export function createProxyFinder(env: Variables = {}): FindProxy {
  const isExempt = parseNoProxy(variable(env, 'no_proxy')?.value ?? '');
  return (url) => {
    const literal = literalAddress(url.hostname);
    if (literal !== undefined && classifyAddress(literal) === 'loopback') return undefined;
    const found = variable(env, url.protocol === 'https:' ? 'https_proxy' : 'http_proxy') ?? variable(env, 'all_proxy');
    return found === undefined || isExempt(url) ? undefined : parseProxy(found);
  };
}

interface Variable {
  readonly name: string;
  readonly value: string;
}

/** `HTTP_PROXY` may have been set by whoever sent a request to a CGI program (its header `Proxy`). */
function variable(env: Variables, lowerName: string): Variable | undefined {
  const upperName = lowerName.toUpperCase();
  const forged = upperName === 'HTTP_PROXY' && env['REQUEST_METHOD'] !== undefined;
  const names = forged ? [lowerName] : [lowerName, upperName];
  return names.map((name) => ({ name, value: env[name]?.trim() ?? '' })).find(({ value }) => value !== '');
}

function parseProxy({ name, value }: Variable): Proxy {
  const text = value.includes('://') ? value : `http://${value}`;
  if (!URL.canParse(text)) throw unusable(name, 'holds no URL');
  const url = new URL(text);
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw unusable(name, `names a proxy for ${url.protocol.slice(0, -1)}`);
  const { username, password } = url;
  const authorization = username === '' ? undefined : basic(username, password);
  return { url: new URL(url.origin), authorization, source: name };
}

function basic(username: string, password: string): string {
  return `Basic ${Buffer.from(`${decode(username)}:${decode(password)}`).toString('base64')}`;
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

function unusable(name: string, what: string): SquizzleError<'USAGE_INVALID'> {
  const message = `the variable ${name} ${what}: expected http://host:port or https://host:port; change or unset it`;
  return new SquizzleError('USAGE_INVALID', message, { argument: name });
}

type Exemption = (host: string, port: string) => boolean;

function parseNoProxy(text: string): (url: URL) => boolean {
  const exemptions = text
    .toLowerCase()
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .map(parseExemption);
  return ({ hostname, port, protocol }) => {
    const host = withoutBrackets(hostname).toLowerCase().replace(/\.$/, '');
    const actualPort = port === '' ? (protocol === 'https:' ? '443' : '80') : port;
    return exemptions.some((exempts) => exempts(host, actualPort));
  };
}

function parseExemption(entry: string): Exemption {
  if (entry === '*') return () => true;
  if (entry.includes('/')) return parseRange(entry);
  const [, bracketed, plain, port] = /^(?:\[(.+)\]|([^:]+)):(\d+)$/.exec(entry) ?? [];
  const name = bracketed ?? plain ?? withoutBrackets(entry);
  const samePort = (actual: string): boolean => port === undefined || port === actual;
  if (isIP(name) !== 0) {
    const holds = rangeOf(name, isIP(name) === 6 ? 128 : 32);
    return (host, actual) => samePort(actual) && holds(host);
  }
  const domain = name.replace(/^\*?\./, '');
  return (host, actual) => samePort(actual) && (host === domain || host.endsWith(`.${domain}`));
}

/** What is no range exempts nothing. */
function parseRange(entry: string): Exemption {
  const [, network = '', bits = ''] = /^([^/]+)\/(\d{1,3})$/.exec(entry) ?? [];
  const family = isIP(withoutBrackets(network));
  const prefix = Number(bits);
  if (family === 0 || prefix > (family === 6 ? 128 : 32)) return () => false;
  const holds = rangeOf(withoutBrackets(network), prefix);
  return (host) => holds(host);
}

function rangeOf(network: string, prefix: number): (host: string) => boolean {
  const list = new BlockList();
  const isWide = isIP(network) === 6;
  list.addSubnet(network, prefix, isWide ? 'ipv6' : 'ipv4');
  return (host) => {
    const family = isIP(host);
    // The list would find an IPv4 address in ranges that hold all mapped ones, as ::/0.
    if (family === 0 || (family === 4 && isWide)) return false;
    return list.check(host, family === 6 ? 'ipv6' : 'ipv4');
  };
}
