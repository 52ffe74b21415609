import { expect, test } from '@jest/globals';
import { readS3Location } from './s3-location.ts';

const read = (url: string) => readS3Location(new URL(url));

test('a bucket is enough; the SDK finds the rest in the environment', () => {
  expect(read('s3://My.bucket_1')).toEqual({ bucket: 'My.bucket_1', prefix: '', redirect: false });
});

test('everything else can be said', () => {
  const endpoint = encodeURIComponent('http://minio:9000');
  const parameters = `region=eu-west-1&endpoint=${endpoint}&pathStyle=true&redirect=true`;
  expect(read(`s3://videos/some/folder%20x/?${parameters}`)).toEqual({
    bucket: 'videos',
    prefix: 'some/folder x/',
    region: 'eu-west-1',
    endpoint: 'http://minio:9000',
    pathStyle: true,
    redirect: true,
  });
});

test.each([
  ['s3:///folder', 'names a bucket'],
  ['s3://key:secret@bucket', 'no credentials'],
  ['s3://key@bucket', 'no credentials'],
  ['s3://:secret@bucket', 'no credentials'],
  ['s3://bucket?redirect=yes', 'redirect: '],
  ['s3://bucket?endpoint=minio', 'endpoint: '],
  ['s3://bucket?endpoint=ftp://minio', 'endpoint: '],
  ['s3://bucket?regoin=x', 'regoin'],
])('%s is refused', (url, why) => {
  expect(() => read(url)).toThrow(why);
});
