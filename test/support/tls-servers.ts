import { startAwsServer, type AwsServer } from './aws-server.ts';
import { makeCertificates, type Certificates } from './certificates.ts';
import { startTlsPostgres, type TlsPostgres } from './postgres-tls.ts';
import { startRabbit, type Rabbit } from './rabbitmq.ts';
import { startS3, type S3 } from './s3.ts';
import { startTestServer, type TestServer } from './smtp-server.ts';
import { startCollector, type Collector } from './trace-collector.ts';

/** Everything that services connect to, with certificates of one authority. */
export interface TlsServers {
  certificates: Certificates;
  rabbit: Rabbit;
  postgres: TlsPostgres;
  s3: S3;
  collector: Collector;
  /** Takes mail as SES does, and has nothing in its queue as SQS. */
  aws: AwsServer;
  /** Speaks TLS from the start. */
  smtps: TestServer;
  /** Offers STARTTLS, and takes no password before. */
  smtp: TestServer;
  stop(): Promise<void>;
}

/** Start all of them on the loopback address. */
export async function startTlsServers(): Promise<TlsServers> {
  const certificates = await makeCertificates();
  const { server } = certificates;
  const anybody = {
    onAuth: (_auth: unknown, _session: unknown, done: Done) => done(null, { user: 'frames' }),
  };
  const [rabbit, postgres, s3, collector, aws, smtps, smtp] = await Promise.all([
    startRabbit({ certificates }),
    startTlsPostgres(certificates),
    startS3(undefined, certificates),
    startCollector(certificates),
    startAwsServer(() => ({ body: { MessageId: 'an id' } }), certificates),
    startTestServer({}, { ...server, ...anybody, secure: true }),
    startTestServer({}, { ...server, ...anybody, disabledCommands: [] }),
  ]);
  return {
    ...{ certificates, rabbit, postgres, s3, collector, aws, smtps, smtp },
    stop: async () => {
      await Promise.all([
        rabbit.stop(),
        postgres.stop(),
        s3.remove(),
        collector.stop(),
        aws.stop(),
        smtps.stop(),
        smtp.stop(),
      ]);
      await certificates.remove();
    },
  };
}

type Done = (error: null, who: { user: string }) => void;
