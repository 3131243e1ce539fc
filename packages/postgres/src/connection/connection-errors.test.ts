import { describe, expect, it } from 'vitest';
import { matching } from '../../test/matchers.ts';
import { connectionLost, endsSession, toConnectError } from './connection-errors.ts';
import { parseConnectionTarget } from './connection-target.ts';
import { ServerFailure } from './sql-connection.ts';

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

describe('connectionLost', () => {
  it.each([
    { sqlState: '57P01', says: /administrator/, always: true },
    { sqlState: '57P02', says: /crashed/, always: true },
    { sqlState: '57P05', says: /idle_session_timeout/, always: true },
    { sqlState: '25P03', says: /idle_in_transaction_session_timeout/, always: true },
    { sqlState: '25P04', says: /transaction_timeout/, always: true },
    { sqlState: '40001', says: /standby/, always: false },
    { sqlState: '08P01', says: /server ended the session with "no more"/, always: false },
  ])('says why for $sqlState', ({ sqlState, says, always }) => {
    const lastWords = new ServerFailure({ message: 'no more', code: sqlState }, 0);
    const error = connectionLost('db.example:5432/shop', lastWords);
    expect(error).toMatchObject({ code: 'CONNECTION_LOST', message: matching(says), cause: lastWords });
    expect(error.message).toContain(`db.example:5432/shop`);
    expect(endsSession(sqlState), 'an answer with it is always the last').toBe(always);
  });

  it('says what may have happened where the server said nothing', () => {
    expect(connectionLost('db').message).toMatch(/server was restarted, .* or the network failed/);
  });
});
