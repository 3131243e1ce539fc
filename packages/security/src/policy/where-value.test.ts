import { describe, expect, it } from 'vitest';
import { describeWhere, hasUnknownVariable, valueAt } from './where-value.ts';

describe('valueAt', () => {
  it('sees what an object has itself, and nothing that it inherits', () => {
    const inherited: unknown = Object.create({ decision: 'approve' });
    expect(valueAt(inherited, 'decision')).toBeUndefined();
    expect(valueAt({ a: inherited }, 'a.decision')).toBeUndefined();
    expect(valueAt(JSON.parse('{"__proto__": {"a": "x"}}'), '__proto__.a')).toBe('x');
  });
});

describe('hasUnknownVariable', () => {
  it.each([
    { value: '$env', unknown: false },
    { value: 'v$version-$digest', unknown: false },
    { value: '$$HOME', unknown: false },
    { value: '$environment', unknown: true },
    { value: '$', unknown: true },
    { value: '$$$', unknown: true },
    { value: '${env}', unknown: true },
    { value: true, unknown: false },
  ])('$value: $unknown', ({ value, unknown }) => {
    expect(hasUnknownVariable(value)).toBe(unknown);
  });
});

describe('describeWhere', () => {
  it('fills in the variables and shows stars as they were written', () => {
    const context = { env: 'production', version: '1.0.0', digest: 'sha256:ab' };
    expect(describeWhere('$env/$$x/**/*', context)).toBe("'production/$x/**/*'");
    expect(describeWhere(3, context)).toBe('3');
  });
});
