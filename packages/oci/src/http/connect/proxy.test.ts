import { describe, expect, it } from 'vitest';
import { createProxyFinder } from './proxy.ts';

const PROXY = 'http://proxy.example:3128';

describe('createProxyFinder', () => {
  it.each([
    { env: { HTTPS_PROXY: PROXY }, url: 'https://ghcr.io/v2/', via: `${PROXY}/`, why: 'https' },
    { env: { https_proxy: PROXY }, url: 'https://ghcr.io/', via: `${PROXY}/`, why: 'in lower case' },
    {
      env: { https_proxy: PROXY, HTTPS_PROXY: 'http://other' },
      url: 'https://a.io',
      via: `${PROXY}/`,
      why: 'lower case first',
    },
    { env: { HTTPS_PROXY: PROXY }, url: 'http://ghcr.io/', via: undefined, why: 'http is not https' },
    { env: { HTTP_PROXY: PROXY }, url: 'http://ghcr.io/', via: `${PROXY}/`, why: 'http' },
    { env: { HTTP_PROXY: PROXY, REQUEST_METHOD: 'GET' }, url: 'http://a.io', via: undefined, why: 'a CGI program' },
    {
      env: { http_proxy: PROXY, REQUEST_METHOD: 'GET' },
      url: 'http://a.io',
      via: `${PROXY}/`,
      why: 'cannot be forged',
    },
    { env: { ALL_PROXY: PROXY }, url: 'https://ghcr.io/', via: `${PROXY}/`, why: 'for all' },
    { env: { HTTPS_PROXY: ' ' }, url: 'https://ghcr.io/', via: undefined, why: 'empty is unset' },
    { env: { HTTPS_PROXY: 'proxy:3128' }, url: 'https://ghcr.io/', via: 'http://proxy:3128/', why: 'without scheme' },
    { env: { HTTPS_PROXY: PROXY }, url: 'https://localhost:5000/', via: undefined, why: 'this machine' },
    { env: { HTTPS_PROXY: PROXY }, url: 'https://127.0.0.2/', via: undefined, why: 'this machine by address' },
    { env: { HTTPS_PROXY: PROXY }, url: 'https://[::1]:5000/', via: undefined, why: 'this machine by IPv6' },
    { env: {}, url: 'https://ghcr.io/', via: undefined, why: 'nothing is set' },
  ])('leads $url through $via: $why', ({ env, url, via }) => {
    expect(createProxyFinder(env)(new URL(url))?.url.href).toBe(via);
  });

  it.each([
    { exempt: 'ghcr.io', url: 'https://ghcr.io/', direct: true, why: 'the host' },
    { exempt: 'ghcr.io', url: 'https://sub.ghcr.io/', direct: true, why: 'a host below' },
    { exempt: 'hcr.io', url: 'https://ghcr.io/', direct: false, why: 'only at a dot' },
    { exempt: '.corp.example', url: 'https://registry.corp.example/', direct: true, why: 'a suffix' },
    { exempt: '*.corp.example', url: 'https://registry.corp.example/', direct: true, why: 'a suffix with a star' },
    { exempt: 'a.io, GHCR.io', url: 'https://ghcr.io/', direct: true, why: 'a list, in any case' },
    { exempt: 'a.io ghcr.io', url: 'https://ghcr.io/', direct: true, why: 'a list with blanks' },
    { exempt: 'r.io:5000', url: 'https://r.io:5000/', direct: true, why: 'the port fits' },
    { exempt: 'r.io:5000', url: 'https://r.io/', direct: false, why: 'another port' },
    { exempt: 'r.io:443', url: 'https://r.io/', direct: true, why: 'the port that https means' },
    { exempt: '10.0.0.0/8', url: 'https://10.1.2.3/', direct: true, why: 'a range' },
    { exempt: '10.0.0.0/8', url: 'https://11.1.2.3/', direct: false, why: 'outside the range' },
    { exempt: '10.0.0.5', url: 'https://10.0.0.5:5000/', direct: true, why: 'an address' },
    { exempt: '10.0.0.5:443', url: 'https://10.0.0.5:5000/', direct: false, why: 'an address with another port' },
    { exempt: 'fd00::/8', url: 'https://[fd12::1]/', direct: true, why: 'a range of IPv6' },
    { exempt: '[fd12::1]:443', url: 'https://[fd12::1]/', direct: true, why: 'an IPv6 address with port' },
    { exempt: 'fd12:0::1', url: 'https://[fd12::1]/', direct: true, why: 'an IPv6 address written otherwise' },
    { exempt: '10.0.0.0/99', url: 'https://10.1.2.3/', direct: false, why: 'no such range' },
    { exempt: '10.0.0.1/8/24', url: 'https://10.1.2.3/', direct: false, why: 'no range either' },
    { exempt: '/8', url: 'https://10.1.2.3/', direct: false, why: 'a range of nothing' },
    { exempt: '10.0.0.0/8', url: 'https://[::ffff:10.1.2.3]/', direct: true, why: 'an IPv4 address in IPv6' },
    { exempt: '::/0', url: 'https://[2001:4860::1]/', direct: true, why: 'all of IPv6' },
    { exempt: '::/0', url: 'https://8.8.8.8/', direct: false, why: 'all of IPv6 is nothing of IPv4' },
    { exempt: '*', url: 'https://ghcr.io/', direct: true, why: 'everything' },
    { exempt: '', url: 'https://ghcr.io/', direct: false, why: 'nothing' },
  ])('with NO_PROXY=$exempt, $url direct: $direct: $why', ({ exempt, url, direct }) => {
    const find = createProxyFinder({ HTTPS_PROXY: PROXY, NO_PROXY: exempt });
    expect(find(new URL(url)) === undefined).toBe(direct);
  });

  it('takes user name and password out of the URL', () => {
    const proxy = createProxyFinder({ HTTPS_PROXY: 'http://me:p%40ss@proxy:3128' })(new URL('https://ghcr.io'));
    expect(proxy?.url.href).toBe('http://proxy:3128/');
    expect(proxy?.authorization).toBe(`Basic ${Buffer.from('me:p@ss').toString('base64')}`);
    expect(proxy?.source).toBe('HTTPS_PROXY');
  });

  it.each([
    { value: 'socks5://me:secret@proxy:1080', why: 'another protocol' },
    { value: 'http://me:secret@', why: 'no host' },
  ])('refuses $why, without showing the password', ({ value }) => {
    const find = createProxyFinder({ HTTPS_PROXY: value });
    const look = (): unknown => find(new URL('https://ghcr.io'));
    expect(look).toThrow(expect.objectContaining({ code: 'USAGE_INVALID', details: { argument: 'HTTPS_PROXY' } }));
    expect(look).not.toThrow(/secret/);
  });
});
