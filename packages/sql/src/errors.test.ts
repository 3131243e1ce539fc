import { describe, expect, it } from 'vitest';
import { isSqlError, SqlError, sqlErrorAt } from './errors.ts';

describe('sqlErrorAt', () => {
  const sql = Buffer.from('select 1;\nselect é frm;');

  it('puts the place, the line and a caret into the message, and the place into the details', () => {
    const error = sqlErrorAt('SQL_SYNTAX', sql, 20, { message: 'found frm', hint: 'look', details: { reason: 'frm' } });
    expect(error.message).toBe('line 2, column 10: found frm\nselect é frm;\n         ^');
    expect(error.details).toEqual({ line: 2, column: 10, offset: 20, reason: 'frm' });
    expect(error).toMatchObject({ name: 'SqlError', code: 'SQL_SYNTAX', hint: 'look' });
    expect(error.cause).toBeUndefined();
  });

  it('keeps the cause', () => {
    const cause = new TypeError('of it');
    expect(sqlErrorAt('SQL_COPY_STDIN', sql, 0, { message: '', hint: '', details: {}, cause }).cause).toBe(cause);
  });
});

describe('isSqlError', () => {
  const error = new SqlError('SQL_COPY_STDIN', 'm', { line: 1, column: 1, offset: 0 }, 'h');
  it.each([
    { value: error, code: undefined, is: true, why: 'any code will do' },
    { value: error, code: 'SQL_COPY_STDIN' as const, is: true, why: 'its own code' },
    { value: error, code: 'SQL_SYNTAX' as const, is: false, why: 'another code' },
    {
      value: Object.assign(new RangeError('x'), { name: 'SqlError', code: 'SQL_SYNTAX' }),
      code: undefined,
      is: true,
      why: 'another copy of the class',
    },
    { value: new RangeError('x'), code: undefined, is: false, why: 'another error' },
    { value: { name: 'SqlError', code: 'SQL_SYNTAX' }, code: undefined, is: false, why: 'no error at all' },
  ])('$is: $why', ({ value, code, is }) => {
    expect(isSqlError(value, code)).toBe(is);
  });
});
