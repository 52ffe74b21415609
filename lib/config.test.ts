import { availableParallelism, tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { describe, expect, test } from '@jest/globals';
import { readConfig } from './config.ts';

describe('without any variable', () => {
  const config = readConfig({});
  const data = resolve('data');

  test('a standalone system is configured', () => {
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      publicUrl: 'http://localhost:3000',
      logLevel: 'info',
      dataDir: data,
      embeddedPostgres: {
        dataDir: join(data, 'postgres'),
        databases: ['auth', 'video', 'notify'],
      },
      ffmpegPath: undefined,
    });
    expect(config.mail.from).toBe('Video frames <frames@localhost>');
  });

  test('people, uploads and work have limits', () => {
    expect(config.auth).toMatchObject({
      makeSigningKey: true,
      accessTokenSeconds: 900,
      refreshTokenDays: 30,
      sessionDays: 90,
      admin: null,
    });
    expect(config.upload).toEqual({ maxBytes: 10 * 1024 ** 3, idleSeconds: 60, expiresHours: 24 });
    expect(config.quotas).toEqual({
      storedBytes: 1024 ** 4,
      videosPerDay: 10_000,
      concurrentUploads: 500,
      fileBytes: 10 * 1024 ** 3,
    });
    expect(config.retention).toEqual({ sourceDays: 30, archiveDays: 30, dryRun: false });
    expect(config.scheduling).toEqual({
      leaseSeconds: 30,
      maxAttempts: 10,
      maxRunningPerPerson: 1000,
      sweepSeconds: 5,
    });
    expect(config.processor.concurrency).toBe(availableParallelism());
    expect(config.processor.limits).toEqual({
      maxDurationSeconds: 21_600,
      maxPixels: 8192 * 4320,
      maxFrames: 100_000,
      probeCpuSeconds: 10,
      timeoutSeconds: 14_400,
      rangeMegapixels: 4000,
    });
  });

  test('it is frozen to its depth', () => {
    expect(Object.isFrozen(config)).toBe(true);
    expect(Object.isFrozen(config.processor.limits)).toBe(true);
    expect(Object.isFrozen(config.embeddedPostgres.databases)).toBe(true);
  });
});

describe('variables', () => {
  test('override the defaults, numbers as numbers', () => {
    const config = readConfig({ PORT: '8080', HOST: '0.0.0.0', MAX_FRAMES: '7', LOG_LEVEL: 'debug' });
    expect(config).toMatchObject({ port: 8080, host: '0.0.0.0', logLevel: 'debug' });
    expect(config.processor.limits.maxFrames).toBe(7);
    expect(config.publicUrl).toBe('http://localhost:8080');
  });

  test('empty ones count as unset, unknown ones do not matter', () => {
    expect(readConfig({ PORT: '', HOME: '/root' }).port).toBe(3000);
  });

  test('the public URL loses its last slash', () => {
    expect(readConfig({ PUBLIC_URL: 'https://frames.example/' }).publicUrl).toBe('https://frames.example');
  });

  test('a database with a URL is not embedded', () => {
    const url = 'postgres://me:secret@db.example/video';
    const config = readConfig({ VIDEO_DATABASE_URL: url });
    expect(config.databases.video).toBe(url);
    expect(config.embeddedPostgres.databases).toEqual(['auth', 'notify']);
  });

  test('a given signing key is never made up', () => {
    expect(readConfig({ SIGNING_KEY_FILE: '/keys/a.pem' }).auth).toMatchObject({
      signingKeyFile: '/keys/a.pem',
      makeSigningKey: false,
    });
  });

  test('an administrator needs an address and a password', () => {
    const ADMIN_EMAIL = 'admin@example.com';
    const ADMIN_PASSWORD = 'long enough';
    expect(readConfig({ ADMIN_EMAIL, ADMIN_PASSWORD }).auth.admin).toEqual({
      email: ADMIN_EMAIL,
      password: ADMIN_PASSWORD,
    });
    expect(() => readConfig({ ADMIN_EMAIL })).toThrow('ADMIN_EMAIL and ADMIN_PASSWORD go together');
    expect(() => readConfig({ ADMIN_PASSWORD })).toThrow('ADMIN_EMAIL and ADMIN_PASSWORD go together');
  });

  test('a deep data folder keeps its socket’s path short', () => {
    const deep = `/srv/${'deep/'.repeat(30)}data`;
    const { socketDir } = readConfig({ DATA_DIR: deep }).embeddedPostgres;
    expect(socketDir.startsWith(tmpdir())).toBe(true);
    expect(socketDir.length).toBeLessThan(90);
    expect(readConfig({ DATA_DIR: deep }).embeddedPostgres.socketDir).toBe(socketDir);
    expect(readConfig({ DATA_DIR: `${deep}2` }).embeddedPostgres.socketDir).not.toBe(socketDir);
  });
});

describe('a bad value', () => {
  const messageFor = (env: NodeJS.ProcessEnv) => {
    try {
      readConfig(env);
    } catch (error) {
      return (error as Error).message;
    }
    return 'no error';
  };

  const postgres =
    'a URL that starts with postgres: or postgresql:, whose parameters about TLS are of sslmode, sslrootcert, sslcert, ' +
    'sslkey, uselibpqcompat; sslmode is of disable, no-verify, prefer, require, verify-ca, verify-full';

  test.each([
    ['PORT', '0', 'a whole number from 1 to 65535'],
    ['PORT', 'http', 'a whole number from 1 to 65535'],
    ['PORT', '80.5', 'a whole number from 1 to 65535'],
    ['MAX_ATTEMPTS', '101', 'a whole number from 1 to 100'],
    ['LEASE_SECONDS', '1', 'a whole number from 2 to 3600'],
    ['LOG_LEVEL', 'loud', 'trace, debug, info, warn, error or fatal'],
    ['PUBLIC_URL', 'ftp://frames.example', 'a URL that starts with http: or https:'],
    ['VIDEO_DATABASE_URL', 'mysql://db/video', postgres],
    ['VIDEO_DATABASE_URL', 'postgres://db/video?sslMode=verify-full', postgres],
    ['AUTH_DATABASE_URL', 'postgres://db/auth?sslmode=verify', postgres],
    ['STORAGE_URL', '/var/objects', 'a URL that starts with file: or s3:'],
    ['MAIL_URL', 'pop3://mail', 'a URL that starts with file: or smtp: or smtps: or ses:'],
    ['MAIL_FROM', 'x', 'a sender, for instance: Frames <frames@example.com>'],
    ['ADMIN_EMAIL', 'admin', 'an e-mail address'],
    [
      'WEBHOOK_ALLOWED_NETWORKS',
      '10.0.0.0/8,localhost',
      'networks in CIDR notation, with commas between them, for instance: 10.1.0.0/16,fd12::/48',
    ],
  ])('%s="%s" is told with what is allowed', (name, value, allowed) => {
    expect(messageFor({ [name]: value })).toBe(
      `The configuration has faults:\n  ${name}="${value}" is not valid; allowed: ${allowed}`,
    );
  });

  test('all faults are told at once', () => {
    const message = messageFor({ PORT: 'x', LOG_LEVEL: 'y' });
    expect(message).toContain('PORT="x"');
    expect(message).toContain('LOG_LEVEL="y"');
  });

  test('never shows a password', () => {
    const database = messageFor({ AUTH_DATABASE_URL: 'mysql://me:s3cret@db/auth' });
    expect(database).toContain('AUTH_DATABASE_URL="mysql://me:***@db/auth"');
    expect(messageFor({ MAIL_URL: 'imap://me:s3:cr@et@mail' })).not.toMatch(/s3|cr|et@/);
    expect(messageFor({ PUBLIC_URL: 'ftp://me:p%40ss/word@host' })).not.toContain('word');
    expect(messageFor({ ADMIN_PASSWORD: 'short' })).toContain('ADMIN_PASSWORD="(hidden)"');
  });
});

describe('paths with special characters', () => {
  test('survive in the URLs made of them', () => {
    const config = readConfig({ DATA_DIR: '/srv/my data #1?%41' });
    expect(new URL(config.storageUrl).search + new URL(config.storageUrl).hash).toBe('');
    expect(decodeURIComponent(new URL(config.storageUrl).pathname)).toBe('/srv/my data #1?%41/objects');
  });
});
