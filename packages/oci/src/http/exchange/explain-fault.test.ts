import { inspect } from 'node:util';
import { isSquizzleError, SquizzleError } from '@squizzle/core';
import { describe, expect, it } from 'vitest';
import { AddressRefusedError } from '../private-address.ts';
import { explainFault } from './explain-fault.ts';
import { ConnectFault } from './transfer-fault.ts';

const place = { registry: 'ghcr.io', repository: 'a/b' };
const url = new URL('https://ghcr.io/v2/a/b/blobs/uploads/1?_state=s3cret');
const system = (code: string): Error => Object.assign(new RangeError('said by the system'), { code });

describe('explainFault', () => {
  it.each([
    { code: 'ECONNREFUSED', says: /nothing listens at https:\/\/ghcr\.io/ },
    { code: 'ENOTFOUND', says: /no such host .*check the name/ },
    { code: 'EAI_AGAIN', says: /name service .*DNS/ },
    { code: 'EPROTO', says: /plain http pass insecure/ },
    { code: 'UND_ERR_CONNECT_TIMEOUT', says: /no connection in time/ },
    { code: 'EHOSTUNREACH', says: /no connection could be made .*EHOSTUNREACH/ },
  ])('says of $code what it means and what to do', ({ code, says }) => {
    const explained = explainFault(new ConnectFault(system(code), 'dial', null), place, url);
    expect(explained).toMatchObject({ code: 'UNREACHABLE', details: { ...place, systemCode: code } });
    expect(String(explained)).toMatch(says);
    expect(String(explained)).not.toContain('s3cret');
  });

  it('says of a connection that broke what it was', () => {
    expect(String(explainFault(system('ECONNRESET'), place, url))).toMatch(/broke to .*ECONNRESET/);
    expect(explainFault(new RangeError('odd'), place, url)).toMatchObject({ details: { systemCode: null } });
  });

  it.each(['UND_ERR_HEADERS_OVERFLOW', 'UND_ERR_RES_CONTENT_LENGTH_MISMATCH'])(
    'says of %s that it is no HTTP, and not what was sent',
    (code) => {
      const fault = Object.assign(system(code), { data: 's3cret' });
      const explained = explainFault(fault, place, url);
      expect(explained).toMatchObject({ code: 'RESPONSE_INVALID', cause: { code: 'NOT_HTTP' } });
      expect(inspect(explained, { depth: 8 })).not.toContain('s3cret');
    },
  );

  it('finds the code of the first of several addresses', () => {
    const several = new AggregateError([system('ENETUNREACH'), system('ECONNREFUSED')]);
    const explained = explainFault(new ConnectFault(several, 'dial', null), place, url);
    expect(explained).toMatchObject({ details: { systemCode: 'ENETUNREACH' } });
  });

  it.each([
    {
      code: 'ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED',
      reason: 'client-certificate',
      why: 'it comes after connecting',
    },
    { code: 'ERR_SSL_SSLV3_ALERT_BAD_CERTIFICATE', reason: 'client-certificate', why: 'the older way' },
    { code: 'CERT_HAS_EXPIRED', reason: 'expired', why: 'a certificate' },
    { code: 'CERT_REVOKED', reason: 'other', why: 'another fault of a certificate' },
    { code: 'DH_KEY_TOO_SMALL', reason: 'other', why: 'a weak key' },
  ])('takes $code for $reason: $why', ({ code, reason }) => {
    expect(explainFault(system(code), place, url)).toMatchObject({ code: 'TLS_UNTRUSTED', details: { reason, code } });
  });

  it.each([new SquizzleError('USAGE_INVALID', 'x', { argument: 'ca' }), new AddressRefusedError('h', '::1')])(
    'leaves what is explained already',
    (error) => {
      expect(explainFault(error, place, url)).toBe(error);
    },
  );

  it('keeps the cause', () => {
    const cause = system('ECONNRESET');
    const explained = explainFault(cause, place, url);
    expect(isSquizzleError(explained) && explained.cause).toBe(cause);
  });
});
