import { allow, type Statement } from './document.ts';

export const SERVICES = ['api', 'auth', 'video', 'processor', 'notify'] as const;
export type Service = (typeof SERVICES)[number];

/** What the services work with, as ARNs. */
export interface Resources {
  bucket: string;
  key: string;
  region: string;
  mailIdentity: string;
  configurationSet: string;
  sender: string;
  eventsQueue: string;
  queueKey: string;
}

const READ = ['s3:GetObject'];
const WRITE = ['s3:PutObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'];

/**
 * What each service calls of AWS, and nothing more. Reading covers HEAD, which follows every write; without
 * `s3:ListBucket` S3 says "forbidden" of an object that is missing, and HEAD of the bucket is how readiness is asked.
 */
export function policyOf(service: Service, use: Resources): Statement[] {
  const at = (...folders: string[]) => folders.map((folder) => `${use.bucket}/${folder}/*`);
  const bucket = allow(['s3:ListBucket'], [use.bucket]);
  const reading = key(use, ['kms:Decrypt']);
  const writing = key(use, ['kms:Decrypt', 'kms:GenerateDataKey']);
  switch (service) {
    case 'auth':
      return [];
    case 'api':
      return [
        ...[bucket, writing],
        allow(READ, at('sources', 'uploads', 'archives', 'previews', 'parts')),
        allow(WRITE, at('sources', 'uploads')),
        // The tail of a resumable upload lies beside it until it is part of it.
        allow(['s3:DeleteObject'], at('uploads')),
      ];
    case 'video':
      return [
        ...[bucket, allow(['s3:ListBucketMultipartUploads'], [use.bucket])],
        allow(
          ['s3:DeleteObject', 's3:AbortMultipartUpload', 's3:ListMultipartUploadParts'],
          at('sources', 'uploads', 'archives', 'previews', 'parts', 'ranges'),
        ),
      ];
    case 'processor':
      return [
        ...[bucket, writing],
        allow(READ, at('sources', 'uploads', 'archives', 'previews', 'parts', 'ranges')),
        allow(WRITE, at('archives', 'previews', 'parts', 'ranges')),
        // A finished archive that came too late is nobody's.
        allow(['s3:DeleteObject'], at('archives')),
      ];
    case 'notify':
      return [bucket, reading, allow(READ, at('previews')), ...mail(use)];
  }
}

function mail(use: Resources): Statement[] {
  const asSender = { StringEquals: { 'ses:FromAddress': use.sender } };
  return [
    allow(['ses:SendEmail', 'ses:SendRawEmail'], [use.mailIdentity, use.configurationSet], asSender),
    // This one knows no resources.
    allow(['ses:GetAccount'], ['*']),
    allow(['sqs:ReceiveMessage', 'sqs:DeleteMessage'], [use.eventsQueue]),
    allow(['kms:Decrypt'], [use.queueKey], {
      StringEquals: { 'kms:ViaService': `sqs.${use.region}.amazonaws.com` },
    }),
  ];
}

const key = (use: Resources, actions: string[]): Statement =>
  allow(actions, [use.key], { StringEquals: { 'kms:ViaService': `s3.${use.region}.amazonaws.com` } });
