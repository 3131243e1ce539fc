import { describe, expect, it } from 'vitest';
import { matching } from '../../test/matchers.ts';
import { toConnectError } from './connection-errors.ts';
import { parseConnectionTarget } from './connection-target.ts';

const target = parseConnectionTarget('postgres://app:s3cret@db.example/shop');
const systemError = (code: string): Error => Object.assign(new Error(`failed with s3cret`), { code });
const serverError = (code: string): Error => Object.assign(new Error('no, s3cret'), { severity: 'FATAL', code });

describe('toConnectError', () => {
  it.each([
    { thrown: systemError('ECONNREFUSED'), code: 'DATABASE_UNREACHABLE', says: /nothing listens there/ },
    { thrown: systemError('ENOTFOUND'), code: 'DATABASE_UNREACHABLE', says: /host name is unknown/ },
    { thrown: new AggregateError([systemError('EHOSTUNREACH')]), code: 'DATABASE_UNREACHABLE', says: /no route/ },
    { thrown: systemError('SELF_SIGNED_CERT_IN_CHAIN'), code: 'DATABASE_UNREACHABLE', says: /sslrootcert/ },
    { thrown: systemError('EWHATEVER'), code: 'DATABASE_UNREACHABLE', says: /EWHATEVER/ },
    { thrown: new Error('timeout expired'), code: 'DATABASE_UNREACHABLE', says: /no answer within 4000 ms/ },
    { thrown: 'not even an error', code: 'DATABASE_UNREACHABLE', says: /no answer/ },
    { thrown: serverError('28P01'), code: 'DATABASE_DENIED', says: /password is wrong/ },
    { thrown: serverError('28000'), code: 'DATABASE_DENIED', says: /pg_hba\.conf/ },
    { thrown: serverError('42501'), code: 'DATABASE_DENIED', says: /GRANT CONNECT ON DATABASE "shop" TO "app"/ },
    { thrown: serverError('3D000'), code: 'DATABASE_UNREACHABLE', says: /CREATE DATABASE "shop"/ },
    { thrown: serverError('53300'), code: 'DATABASE_UNREACHABLE', says: /max_connections/ },
    { thrown: serverError('57P03'), code: 'DATABASE_UNREACHABLE', says: /try again/ },
    { thrown: serverError('99999'), code: 'DATABASE_UNREACHABLE', says: /99999/ },
  ])('says what to do about $thrown', ({ thrown, code, says }) => {
    const error = toConnectError(thrown, target, 4_000);
    expect(error).toMatchObject({ code, message: matching(says) });
    expect(error.message).toContain('db.example:5432/shop');
    expect([error.message, error.stack, String(error.cause), JSON.stringify(error.details)].join()).not.toContain(
      's3cret',
    );
  });
});
