/**
 * What ties settings together.
 *
 * @module
 */
import { isIPv4 } from 'node:net';
import type { Problem } from './given-value.ts';
import type { Origin } from './origin.ts';
import type { Config, SettingPath } from './settings.ts';

/** @param config the values that could be read: a mistyped one counts as the next that could. */
export function checkConfig(config: Config, origins: Readonly<Record<SettingPath, Origin>>): readonly Problem[] {
  const problems: Problem[] = [];
  const refuse = (path: SettingPath, message: string): void =>
    void problems.push({ subject: path, message, origin: origins[path] });
  const host = config['listen.host'];
  if (!isLoopback(host) && !config['listen.plain_http']) {
    refuse(
      'listen.host',
      `others can reach ${host}, and plain HTTP shows them passwords and lets them change what is sent: ` +
        'listen on 127.0.0.1 behind a proxy with TLS, or accept it by --plain-http or listen.plain_http: true',
    );
  }
  const hasUsers = config['auth.htpasswd'] !== null;
  if (config['auth.type'] === 'basic' && !hasUsers) {
    refuse('auth.type', 'basic needs a file of users: set auth.htpasswd or --htpasswd');
  }
  if (config['auth.type'] === 'none' && hasUsers) {
    refuse(
      'auth.htpasswd',
      'there is a file of users, but auth.type is none and everybody would get in: set it to basic',
    );
  }
  return problems;
}

/** An address that only this machine can reach: RFC 6890, and the name that RFC 6761 reserves for it. */
export function isLoopback(host: string): boolean {
  const name = host.toLowerCase();
  return name === 'localhost' || name === '::1' || (isIPv4(name) && name.startsWith('127.'));
}
