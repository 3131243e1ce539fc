import { describe, expect, it } from 'vitest';
import { isSameMethod, readDemand, type AuthMethod } from './read-demand.ts';

const demandOf = (...lines: readonly string[]) => readDemand({ get: () => lines[0], all: () => lines });

const TOKENS = 'Bearer realm="https://auth.example/token",service="registry.example"';
const bearer = { kind: 'bearer', realm: 'https://auth.example/token', service: 'registry.example' } as const;

describe('readDemand', () => {
  it.each([
    { lines: [TOKENS], method: bearer, why: 'Bearer' },
    { lines: ['Basic realm="Registry Realm"'], method: { kind: 'basic' }, why: 'Basic' },
    { lines: ['Basic realm=x', TOKENS], method: bearer, why: 'Bearer goes before Basic, whatever their order' },
    { lines: [`${TOKENS}, Basic realm=x`], method: bearer, why: 'both in one line' },
    {
      lines: ['Bearer service=x, Basic realm=x'],
      method: { kind: 'basic' },
      why: 'Bearer without a realm leads nowhere',
    },
    { lines: ['Bearer realm=""'], method: null, why: 'an empty realm' },
    { lines: ['Negotiate', 'NTLM'], method: null, why: 'schemes that are not spoken here' },
    { lines: [], method: null, why: 'no challenge at all' },
    {
      lines: ['Bearer realm="no url", Basic realm=x'],
      method: { kind: 'basic' },
      why: 'nor does a realm that is no URL',
    },
    {
      lines: ['Bearer realm="no url"'],
      method: { kind: 'bearer', realm: 'no url', service: null },
      why: 'which is passed on where it is all there is, to be refused',
    },
    { lines: ['Bearer realm="no url"', TOKENS], method: bearer, why: 'the Bearer challenge that leads somewhere' },
    {
      lines: ['Bearer realm="https://auth.example/token"'],
      method: { ...bearer, service: null },
      why: 'no service',
    },
  ])('$why', ({ lines, method }) => {
    expect(demandOf(...lines).method).toEqual(method);
  });

  it('names what was offered', () => {
    expect(demandOf('Negotiate, NTLM', 'Negotiate').schemes).toEqual(['negotiate', 'ntlm']);
  });

  it('reads the scopes that are asked for and whether they are what is missing', () => {
    const demand = demandOf(`${TOKENS},scope="repository:b:push repository:a:pull",error="insufficient_scope"`);
    expect(demand).toMatchObject({ scopes: ['repository:a:pull', 'repository:b:push'], insufficientScope: true });
    expect(demandOf(`${TOKENS},error="invalid_token"`)).toMatchObject({ scopes: [], insufficientScope: false });
  });
});

describe('isSameMethod', () => {
  const other: AuthMethod = { ...bearer, realm: 'https://other.example/token' };
  it.each([
    { one: bearer, two: { ...bearer }, same: true, why: 'the same token service' },
    { one: bearer, two: other, same: false, why: 'another realm' },
    { one: bearer, two: { ...bearer, service: null }, same: false, why: 'another service' },
    { one: { kind: 'basic' } as const, two: { kind: 'basic' } as const, same: true, why: 'Basic is Basic' },
    { one: { kind: 'basic' } as const, two: bearer, same: false, why: 'another scheme' },
  ])('$same for $why', ({ one, two, same }) => {
    expect(isSameMethod(one, two)).toBe(same);
    expect(isSameMethod(two, one)).toBe(same);
  });
});
