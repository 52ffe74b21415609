import { SqsQueue as Queue } from '@cdktn/provider-aws/lib/sqs-queue/index.js';
import { SqsQueuePolicy } from '@cdktn/provider-aws/lib/sqs-queue-policy/index.js';
import { Construct } from 'constructs';
import { document, tlsOnly, type Statement } from '../policies/document.ts';

interface Options {
  name: string;
  /** Of the key that encrypts the messages. */
  keyArn: string;
  /** The queue's ARN, for its policy. */
  arn: string;
  /** Who may send. */
  senders: Statement[];
  /** After so many deliveries in vain a message goes to the dead letters. */
  maxReceives?: number;
}

/** An encrypted queue with a dead-letter queue, TLS only. */
export class SqsQueue extends Construct {
  readonly queue: Queue;
  readonly deadLetters: Queue;

  constructor(scope: Construct, id: string, { name, keyArn, arn, senders, maxReceives = 5 }: Options) {
    super(scope, id);
    const kept = { kmsMasterKeyId: keyArn, messageRetentionSeconds: 14 * 24 * 3600 };
    this.deadLetters = new Queue(this, 'dead', { ...kept, name: `${name}-dead` });
    const redrivePolicy = JSON.stringify({
      deadLetterTargetArn: this.deadLetters.arn,
      maxReceiveCount: maxReceives,
    });
    const times = { visibilityTimeoutSeconds: 60, receiveWaitTimeSeconds: 20 };
    this.queue = new Queue(this, 'queue', { ...kept, ...times, name, redrivePolicy });
    const policy = document([tlsOnly('sqs:*', [arn]), ...senders]);
    new SqsQueuePolicy(this, 'policy', { queueUrl: this.queue.url, policy });
  }
}
