/**
 * Hashes for users who do not exist, so that asking for one takes as long as for one who does.
 *
 * Where the costs in the file differ, unknown names are spread over them as known ones are: a name always gets the
 * same cost, and no cost says that a name is unknown.
 *
 * @module
 */
import { createHmac, randomBytes } from 'node:crypto';
import type { Htpasswd } from './htpasswd.ts';

export type DecoyFor = (user: string, htpasswd: Htpasswd) => string;

const BCRYPT_BASE64 = './ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789';
const SALT_AND_HASH_LENGTH = 53;

export function createDecoys(): DecoyFor {
  const secret = randomBytes(32);
  // Random instead of computed: that a password opens it is as likely as guessing 184 bits.
  const saltAndHash = [...randomBytes(SALT_AND_HASH_LENGTH)].map((byte) => BCRYPT_BASE64.charAt(byte & 63)).join('');
  return (user, { costs }) => {
    const place = createHmac('sha256', secret).update(user).digest().readUInt32BE() % costs.length;
    return `$2y$${costs[place]}$${saltAndHash}`;
  };
}
