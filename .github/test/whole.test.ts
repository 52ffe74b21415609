import assert from 'node:assert/strict';
import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { parse } from 'yaml';
import { readAll, type WorkflowFile } from '../check/files.ts';
import { inputsOf } from '../scripts/image-inputs.ts';
import { SERVICES } from '../scripts/services.ts';
import { git, ROOT } from './folder.ts';

const folder = join(ROOT, '.github');
const files = readAll(folder);
const read = (path: string) => readFileSync(join(ROOT, path), 'utf8');
const { scripts } = JSON.parse(read('package.json')) as { scripts: Record<string, string> };

interface Matrix {
  strategy?: { matrix?: Record<string, unknown> };
}
const workflow = (name: string): NonNullable<WorkflowFile['workflow']> => {
  const found = files.find(({ path }) => path === `workflows/${name}.yml`)?.workflow;
  assert.ok(found, `there is a ${name}.yml`);
  return found;
};

test('CI runs every part of the check, each in a job of its own', () => {
  const parts = (scripts.check ?? '').split(' ').filter((word) => word.includes(':'));
  assert.ok(parts.length > 2, scripts.check);
  assert.deepEqual((workflow('ci').jobs.check as Matrix).strategy?.matrix?.part, parts);
});

test('every script of package.json that a workflow runs is there', () => {
  const wanted = files.flatMap(({ text }) =>
    [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name),
  );
  assert.ok(wanted.includes('pretest'), wanted.join());
  for (const name of wanted) assert.ok(scripts[name], name);
});

test('every file of ours that a workflow runs is there', () => {
  const wanted = files.flatMap(({ text }) =>
    [...text.matchAll(/(?:\.github\/)?scripts\/[\w-]+\.(?:ts|sh)/g)].map(([path]) => path),
  );
  assert.ok(wanted.length > 10);
  for (const path of wanted) assert.ok(existsSync(join(ROOT, path)), path);
  const actions = files.flatMap(({ steps }) =>
    steps.flatMap(({ uses }) => (uses?.startsWith('./') ? [uses] : [])),
  );
  for (const path of actions) assert.ok(existsSync(join(ROOT, path, 'action.yml')), path);
});

test('every package of this repository gets updates', () => {
  const { updates } = parse(read('.github/dependabot.yml')) as {
    updates: { 'package-ecosystem': string; directories?: string[] }[];
  };
  const watched = updates
    .filter((one) => one['package-ecosystem'] === 'npm')
    .flatMap((one) => one.directories ?? []);
  const packages = git(ROOT, 'ls-files', '--', 'package-lock.json', '*/package-lock.json').split('\n');
  const folders = packages.map((path) => `/${dirname(path)}`.replace(/^\/\.$/, '/'));
  assert.deepEqual([...watched].sort(), [...folders].sort());
});

test('Node and Terraform come in one version each', () => {
  const versionsOf = (key: string) => {
    const found = files.flatMap(({ steps }) => steps.map((step) => step.with?.[key])).filter(Boolean);
    return [...new Set(found)];
  };
  const { dependencies } = JSON.parse(read('package.json')) as { dependencies: Record<string, string> };
  assert.deepEqual(versionsOf('node-version'), [dependencies.node]);
  assert.equal(versionsOf('terraform_version').length, 1);
  const [, image] = /^ARG NODE_IMAGE=docker\.io\/library\/(.*)$/m.exec(read('Dockerfile')) ?? [];
  const containers = Object.values(workflow('ci').jobs).flatMap(({ container }) => container ?? []);
  assert.deepEqual([...new Set(containers)], [image]);
});

test('the services of the tests are of the versions that Compose runs', () => {
  const compose = parse(read('docker-compose.yml')) as { services: Record<string, { image: string }> };
  const { services } = workflow('ci').jobs.test as unknown as typeof compose;
  for (const [name, { image }] of Object.entries(services))
    assert.equal(image, compose.services[name]?.image, name);
});

test('every service is a target that copies its own code', () => {
  for (const service of SERVICES)
    assert.ok(inputsOf(read('Dockerfile'), service).has(`services/${service}`), service);
});
