import { describe, expect, it } from 'vitest';
import { formatBasicChallenge, namesNobody, parseBasicCredentials } from './basic-credentials.ts';

const encode = (text: string, encoding: BufferEncoding = 'utf8') => Buffer.from(text, encoding).toString('base64');

describe('story 011 basic authentication: the header', () => {
  it.each([
    {
      header: 'Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==',
      user: 'Aladdin',
      password: 'open sesame',
      why: 'RFC 7617 section 2',
    },
    { header: 'Basic dGVzdDoxMjPCow==', user: 'test', password: '123£', why: 'RFC 7617 section 2.1: UTF-8' },
    { header: `Basic ${encode('u:a:b::c')}`, user: 'u', password: 'a:b::c', why: 'a password with colons' },
    { header: `Basic ${encode('u:')}`, user: 'u', password: '', why: 'an empty password' },
    { header: 'Basic Og==', user: '', password: '', why: 'neither user nor password' },
    { header: `Basic ${encode(':p')}`, user: '', password: 'p', why: 'an empty user' },
    { header: `Basic ${encode('zoë:grün 🔑')}`, user: 'zoë', password: 'grün 🔑', why: 'characters of up to 4 bytes' },
    { header: `Basic ${encode('u: p ')}`, user: 'u', password: ' p ', why: 'spaces belong to the password' },
    { header: `bASIC   ${encode('u:p')}`, user: 'u', password: 'p', why: 'schemes have no case; several spaces' },
  ])('reads $why', ({ header, user, password }) => {
    expect(parseBasicCredentials(header)).toEqual({ user, password });
  });

  it.each([
    { header: '', why: 'an empty header' },
    { header: 'Basic', why: 'no credentials' },
    { header: 'Basic ', why: 'no credentials after the space' },
    { header: `Basic${encode('u:p')}`, why: 'no space' },
    { header: `Basic\t${encode('u:p')}`, why: 'a tab for the space' },
    { header: `Bearer ${encode('u:p')}`, why: 'another scheme' },
    { header: `Basic ${encode('u:p')} `, why: 'something after the credentials' },
    { header: `Basic ${encode('u:p')}, Basic ${encode('u:p')}`, why: 'two headers joined by node' },
    { header: `Basic ${encode('user')}`, why: 'no colon' },
    { header: `Basic ${encode('u:p\u0000')}`, why: 'NUL, at which bcrypt would end' },
    { header: `Basic ${encode('u:p\n')}`, why: 'a control character in the password' },
    { header: `Basic ${encode('u\u007f:p')}`, why: 'a control character in the user name' },
    { header: `Basic ${encode('u:\u00a3', 'latin1')}`, why: 'Latin-1' },
    { header: 'Basic dTpw=', why: 'padding that does not belong' },
    { header: 'Basic dTpwcA', why: 'padding that is missing' },
    { header: 'Basic dTpwcB==', why: 'bits that stand for nothing' },
    { header: 'Basic dT_w', why: 'base64 of URLs' },
  ])('does not read $why', ({ header }) => {
    expect(parseBasicCredentials(header)).toBeUndefined();
  });

  it.each([
    { user: '', password: '', nobody: true },
    { user: '', password: 'p', nobody: false },
    { user: 'u', password: '', nobody: false },
  ])('"$user:$password" names nobody: $nobody', ({ user, password, nobody }) => {
    expect(namesNobody({ user, password })).toBe(nobody);
  });

  it.each([
    { realm: 'shop', challenge: 'Basic realm="shop", charset="UTF-8"', why: 'a word' },
    { realm: String.raw`a "b" \c`, challenge: String.raw`Basic realm="a \"b\" \\c", charset="UTF-8"`, why: 'quotes' },
  ])('asks for a password with $why as the realm', ({ realm, challenge }) => {
    expect(formatBasicChallenge(realm)).toBe(challenge);
  });

  it.each([{ realm: 'a\r\nX-Injected: 1' }, { realm: 'zoë' }])(
    'refuses a realm that no header can hold',
    ({ realm }) => {
      expect(() => formatBasicChallenge(realm)).toThrow(TypeError);
    },
  );
});
