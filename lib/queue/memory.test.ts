import { silentLogger } from '../logger.ts';
import { createMemoryQueue } from './memory.ts';
import { workQueueContract } from './work-queue.contract.ts';

workQueueContract('memory', (policy) => Promise.resolve(createMemoryQueue(silentLogger, policy)));
