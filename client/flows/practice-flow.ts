import type { PracticeView } from '../../shared/api/practice.ts';
import type { FlowDocument } from '../../shared/flow.ts';
import { allDayEvery } from '../../shared/schedule.ts';
import { browserZone } from '../time-zones.ts';

/** A flow that writes the mails of the practice mailbox to the outbox: nothing is missing, it can be deployed as it is. */
export function practiceFlow({ address, credential }: PracticeView): FlowDocument {
  return {
    nodes: [
      {
        id: 'mail',
        type: 'mail-sender',
        position: { x: 80, y: 160 },
        config: {
          name: 'Practice mailbox',
          address,
          credential,
          protection: 'off',
          folder: 'INBOX',
          schedule: allDayEvery(10, 'seconds', browserZone()),
        },
      },
      { id: 'file', type: 'file-receiver', position: { x: 440, y: 160 }, config: { name: 'Outbox', folder: 'practice' } },
    ],
    edges: [{ id: 'mail-file', from: 'mail', to: 'file' }],
  };
}
