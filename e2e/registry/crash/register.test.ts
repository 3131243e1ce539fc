import { describe, expect, it } from 'vitest';
import { createRegister } from './register.ts';

function counter(): () => number {
  let now = 0;
  return () => ++now;
}

describe('what a register may hold', () => {
  it('is the last acknowledged value when writes follow one another', () => {
    const register = createRegister('a', counter());
    register.begin('b').acknowledge();
    register.begin('c').acknowledge();
    expect([...register.possible()]).toEqual(['c']);
  });

  it('is the old or the new value while a write is cut off', () => {
    const register = createRegister('a', counter());
    register.begin('b');
    expect([...register.possible()]).toEqual(['a', 'b']);
  });

  it('is either of two values whose writes overlapped', () => {
    const register = createRegister('a', counter());
    const [first, second] = [register.begin('b'), register.begin('c')];
    first.acknowledge();
    second.acknowledge();
    expect([...register.possible()]).toEqual(['b', 'c']);
  });

  it('is not a refused value, and only the settled one after settling', () => {
    const register = createRegister('a', counter());
    register.begin('b').refuse();
    expect([...register.possible()]).toEqual(['a']);
    register.begin('c');
    register.settle('a');
    expect([...register.possible()]).toEqual(['a']);
  });
});
