/**
 * Preloaded into every Node process of a test (`--import`): appends to the file named in CONNECTION_LOG one line of JSON for
 * the process itself and one for each host that it connects to or looks up. Nothing is prevented.
 */
import dgram from 'node:dgram';
import dns from 'node:dns';
import { appendFileSync } from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import net from 'node:net';
import process from 'node:process';

const file = process.env.CONNECTION_LOG;
const write = (line) => appendFileSync(file, `${JSON.stringify(line)}\n`);

if (file) {
  write({ program: process.argv.slice(1).join(' ') });

  // fetch, http, https and tls all end here. Arguments: (options), (port, host), (path); net itself normalises to one array.
  const { connect } = net.Socket.prototype;
  net.Socket.prototype.connect = function recorded(...args) {
    const [first, second] = Array.isArray(args[0]) ? args[0] : args;
    const options = typeof first === 'object' && first !== null ? first : { port: first, host: second };
    const isPipe = typeof options.path === 'string' || (typeof first === 'string' && !/^\d+$/.test(first));
    if (!isPipe) write({ host: String(options.host ?? 'localhost') });
    return connect.apply(this, args);
  };

  const send = dgram.Socket.prototype.send;
  dgram.Socket.prototype.send = function recorded(...args) {
    const host = args.find((one, i) => i > 0 && typeof one === 'string');
    write({ host: host ?? 'localhost' });
    return send.apply(this, args);
  };

  for (const api of [dns, dns.promises, dns.Resolver.prototype, dns.promises.Resolver.prototype]) {
    for (const name of Object.getOwnPropertyNames(api).filter((key) => /^(lookup$|resolve|reverse$)/.test(key))) {
      const original = api[name];
      if (typeof original !== 'function') continue;
      api[name] = function recorded(host, ...rest) {
        write({ host: String(host) });
        return original.call(this, host, ...rest);
      };
    }
  }
  syncBuiltinESMExports();
}
