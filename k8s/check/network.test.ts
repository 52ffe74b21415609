import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { overlay, overlays, skip } from './built.ts';
import { withMistake } from './change.ts';
import { flows, isFlow, places } from './flows.ts';
import type { Manifest } from './manifest.ts';
import { isAllowed, partiesOf } from './network.ts';
import { knownRoles, rolesUsedBy } from './sources.ts';

const PORTS = [
  ...[22, 25, 53, 80, 443, 465, 587, 1025, 1080, 3000, 4318, 4369, 5432, 5671, 5672],
  ...[8080, 8443, 9000, 9464, 15_672, 15_692, 25_672, 50_000],
];

/** Where the policies and the table differ: too much, or too little. */
function differences(name: string, objects: Manifest[]): string[] {
  const parties = [...partiesOf(objects)];
  const isInside = (party: string) => objects.some(({ metadata }) => metadata.name === party);
  return parties.flatMap(([from, source]) =>
    parties
      .filter(([to]) => from !== to && (isInside(from) || isInside(to)))
      .flatMap(([to, target]) =>
        PORTS.flatMap((port) => {
          const allowed = isAllowed(objects, source, target, port);
          if (allowed === isFlow(name, from, to, port)) return [];
          return [`${from} -> ${to}:${port} is ${allowed ? 'allowed' : 'denied'}`];
        }),
      ),
  );
}

describe('network policies', { skip }, () => {
  test('allow the flows of the table, and nothing else', () => {
    assert.deepEqual([...overlays.keys()].sort(), Object.keys(places).sort());
    for (const [name, objects] of overlays) assert.deepEqual(differences(name, objects), [], name);
  });

  test('a flow that is missing and one too many are seen', () => {
    const prod = overlay('prod');
    const without = (name: string) =>
      prod.filter(({ kind, metadata }) => kind !== 'NetworkPolicy' || metadata.name !== name);
    const found = (objects: Manifest[]) => differences('overlays/prod', objects);
    assert.ok(found(without('default-deny')).some((it) => it.includes('is allowed')));
    assert.ok(found(without('to-database')).includes('auth -> stores-of-vpc:5432 is denied'));
    const wide = withMistake(prod, ['NetworkPolicy to-database', 'spec/podSelector', {}]);
    assert.ok(found(wide).includes('processor -> stores-of-vpc:5432 is allowed'));
    const far = withMistake(prod, ['NetworkPolicy webhooks', 'spec/egress/0/to/0/ipBlock/except', []]);
    assert.ok(found(far).includes('notify -> instance-metadata:80 is allowed'));
  });

  test('names are asked for by UDP and by TCP', () => {
    const dns = overlay('prod').find(
      ({ kind, metadata }) => kind === 'NetworkPolicy' && metadata.name === 'dns',
    );
    assert.match(JSON.stringify(dns?.spec), /"port":53,"protocol":"UDP".*"port":53,"protocol":"TCP"/);
  });

  test('the table tells what the code of each service reaches', async () => {
    for (const service of ['api', 'auth', 'video', 'processor', 'notify']) {
      const listed = flows.filter(({ from, to }) => from.includes(service) && knownRoles().includes(to));
      assert.deepEqual(
        new Set(listed.map(({ to }) => to)),
        await rolesUsedBy(service),
        `what ${service} reaches`,
      );
    }
  });
});
