/** Addresses of engines, as Docker's own tools take them. */

export interface SocketAddress {
  readonly endpoint: string;
  readonly socketPath: string;
}

export interface NetworkAddress {
  readonly endpoint: string;
  readonly host: string;
  /** Empty for the usual one. */
  readonly port: string;
  /** Asked for by the scheme; the environment may ask for it, too. */
  readonly encrypted: boolean;
}

interface Refused {
  readonly problem: string;
}

const EXPECTED = 'expected unix:///PATH, tcp://HOST:PORT or https://HOST:PORT';

/** `unix:///run/docker.sock`, `tcp://host:2376`, `host:2376`; what is wrong with anything else. */
export function parseAddress(text: string): SocketAddress | NetworkAddress | Refused {
  const endpoint = /^[^/]+:\d+$/.test(text) ? `tcp://${text}` : text;
  const [, scheme, rest = ''] = /^([a-z]+):\/\/(.*)$/s.exec(endpoint) ?? [];
  if (scheme === 'unix') return rest.startsWith('/') ? { endpoint, socketPath: rest } : { problem: EXPECTED };
  if (scheme === 'ssh') return { problem: 'an engine behind ssh is audited on its own host: run hullguard there' };
  const url = URL.parse(endpoint);
  if (url !== null && (url.username !== '' || url.password !== ''))
    return { problem: 'a user or password in the address is not supported' };
  if (url === null || url.hostname === '' || !['tcp', 'http', 'https'].includes(scheme ?? '')) return { problem: EXPECTED };
  return { endpoint, host: url.hostname.replace(/^\[([^\]]*)\]$/, '$1'), port: url.port, encrypted: scheme === 'https' };
}
