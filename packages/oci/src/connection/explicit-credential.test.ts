import { describe, expect, it } from 'vitest';
import { explicitCredential } from './explicit-credential.ts';

describe('explicitCredential', () => {
  it.each([
    { options: {}, credential: undefined },
    { options: { username: 'ada', password: '' }, credential: { kind: 'basic', username: 'ada', password: '' } },
    { options: { identityToken: 't' }, credential: { kind: 'identity-token', token: 't' } },
    { options: { registryToken: 't' }, credential: { kind: 'registry-token', token: 't' } },
  ])('is $credential for $options', ({ options, credential }) => {
    expect(explicitCredential(options)).toEqual(credential);
  });

  it.each([
    { options: { username: 'ada' }, argument: 'password' },
    { options: { password: 's3cret' }, argument: 'username' },
    { options: { username: 'ada', password: 's3cret', identityToken: 's3cret' }, argument: 'username' },
    { options: { identityToken: 's3cret', registryToken: 's3cret' }, argument: 'username' },
    { options: { registryToken: ' ' }, argument: 'registryToken' },
  ])('refuses $options', ({ options, argument }) => {
    const find = (): unknown => explicitCredential(options);
    expect(find).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', details: { argument } }));
    expect(find).not.toThrow(/s3cret/);
  });
});
