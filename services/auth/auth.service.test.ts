import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { mkdtemp, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServiceBroker } from 'moleculer';
import { emptyDatabaseUrl } from '../../test/support/database.ts';
import { verifyAccessToken, type VerificationKey } from '../../lib/access-token.ts';
import type { Person } from '../../lib/contracts.ts';
import type { TokenPair } from '../../lib/replies.ts';

const account = { email: 'ana@example.com', password: 'long enough 1' };
const admin = { email: 'root@example.com', password: 'a very long secret' };
const unauthorized = (type: string) => expect.objectContaining({ type, code: 401 });

const broker = new ServiceBroker({ logger: false });
let folder = '';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'auth-'));
  Object.assign(process.env, {
    DATA_DIR: folder,
    // The host is the folder of the socket, in the query; a setting must be a URL with a host in its place, too.
    AUTH_DATABASE_URL: await emptyDatabaseUrl(),
    ADMIN_EMAIL: admin.email,
    ADMIN_PASSWORD: admin.password,
  });
  const { default: service } = await import('./auth.service.ts');
  broker.createService(service);
  await broker.start();
});
afterAll(async () => {
  await broker.stop();
  await rm(folder, { recursive: true });
});

const login = (credentials: object) => broker.call<TokenPair, object>('auth.login', credentials);
const refresh = (refreshToken: string) => broker.call<TokenPair, object>('auth.refresh', { refreshToken });
const logout = (refreshToken: string) => broker.call('auth.logout', { refreshToken });

describe('the auth service', () => {
  test('registers, logs in, refreshes and logs out', async () => {
    const person = await broker.call<Person, object>('auth.register', { ...account, locale: 'pt-BR' });
    expect(person).toMatchObject({ email: account.email, locale: 'pt-BR', role: 'user' });
    await expect(broker.call('auth.register', account)).rejects.toMatchObject({ type: 'email_taken' });
    expect(await broker.call('auth.person', { personId: person.id })).toEqual(person);

    const first = await login({ ...account, origin: { address: '192.0.2.1' } });
    const second = await refresh(first.refreshToken);
    const { keys } = await broker.call<{ keys: VerificationKey[] }>('auth.keys');
    expect(keys).toEqual([{ kid: expect.any(String), publicKeyPem: expect.stringContaining('PUBLIC KEY') }]);
    for (const { accessToken } of [first, second]) {
      expect(verifyAccessToken(accessToken, keys)).toMatchObject({ personId: person.id, role: 'user' });
    }

    await logout(second.refreshToken);
    await logout(second.refreshToken);
    await logout('never issued');
    await expect(refresh(second.refreshToken)).rejects.toEqual(unauthorized('invalid_token'));
  });

  test('ends the family of a token that comes twice', async () => {
    const first = await login(admin);
    const second = await refresh(first.refreshToken);
    await expect(refresh(first.refreshToken)).rejects.toEqual(unauthorized('invalid_token'));
    await expect(refresh(second.refreshToken)).rejects.toEqual(unauthorized('invalid_token'));
  });

  test('has the configured administrator and made its signing key', async () => {
    const { keys } = await broker.call<{ keys: VerificationKey[] }>('auth.keys');
    const { accessToken } = await login(admin);
    expect(verifyAccessToken(accessToken, keys).role).toBe('admin');
    expect((await stat(join(folder, 'keys', 'access-token.pem'))).mode & 0o777).toBe(0o600);
  });

  test('refuses parameters it does not know, and wrong ones', async () => {
    const id = '00000000-0000-4000-8000-000000000000';
    const wrong: [string, object][] = [
      ['auth.register', { ...account, role: 'admin' }],
      ['auth.register', { email: account.email }],
      ['auth.login', { ...account, email: { $ne: null } }],
      ['auth.login', { ...account, admin: true }],
      ['auth.refresh', { refreshToken: 7 }],
      ['auth.refresh', { refreshToken: 'x', days: 1000 }],
      ['auth.logout', {}],
      ['auth.person', { personId: id, query: {} }],
      ['auth.person', { personId: "' OR 1=1 --" }],
      ['auth.keys', { private: true }],
    ];
    for (const [action, params] of wrong) {
      await expect(broker.call(action, params)).rejects.toMatchObject({
        type: 'validation_failed',
        code: 422,
      });
    }
    await expect(broker.call('auth.person', { personId: id })).rejects.toMatchObject({ type: 'not_found' });
  });

  test('answers a login with text that is no address as a wrong password', async () => {
    for (const email of ["' OR 1=1 --", 'x'.repeat(254)]) {
      await expect(login({ ...account, email })).rejects.toEqual(unauthorized('invalid_credentials'));
    }
  });

  test('offers nothing of moleculer-db, and tells its name and health', async () => {
    const known = [
      'health',
      'info',
      'keepPlaces',
      'keys',
      'login',
      'logout',
      'person',
      'refresh',
      'register',
    ];
    const accountKeeping = [
      ...['beginReset', 'changePassword', 'changeProfile', 'endOtherSessions', 'endSession', 'endedSessions'],
      ...[
        'forgotPassword',
        'letterToken',
        'resendVerification',
        'resetPassword',
        'securityEvents',
        'sessions',
      ],
      'verifyEmail',
    ];
    const security = [
      ...['beginSecondFactor', 'checkKey', 'confirmSecondFactor', 'createKey', 'deleteAccount', 'deleteKey'],
      ...['disableSecondFactor', 'exportPerson', 'listKeys', 'openExport', 'replaceRecoveryCodes'],
      'requestExport',
    ];
    const administration = [
      ...['deeds', 'endPersonSessions', 'findPerson', 'noteDeed', 'people', 'setDisabled', 'setRole'],
    ];
    const names = broker.registry.actions.list({ onlyLocal: true }).map(({ name }) => name);
    expect(names.filter((name) => name.startsWith('auth.')).sort()).toEqual(
      [...known, ...accountKeeping, ...security, ...administration].sort().map((name) => `auth.${name}`),
    );
    expect(await broker.call('auth.info')).toMatchObject({ service: 'auth' });
    expect(await broker.call('auth.health')).toEqual({ down: [] });
  });
});
