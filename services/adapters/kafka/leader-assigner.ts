// Who of a group gets the only partition: whoever has it keeps it while it is there. kafkajs's own assigner may hand the lead to
// each newcomer, and every change costs a pause.

import kafkajs, { type PartitionAssigner } from 'kafkajs'

const { MemberAssignment, MemberMetadata } = kafkajs.AssignerProtocol

const NAME = 'spendledger-leader'
const VERSION = 0
const LEADS = Buffer.of(1)
const FOLLOWS = Buffer.of(0)

interface Member {
  readonly memberId: string
  readonly memberMetadata: Buffer
}

/**
 * @param topic its partition 0 is what there is to assign
 * @param leads whether this member has it now; told to whoever assigns
 */
export const leaderAssigner =
  (topic: string, leads: () => boolean): PartitionAssigner =>
  () => ({
    name: NAME,
    version: VERSION,
    protocol: ({ topics }) => ({
      name: NAME,
      metadata: MemberMetadata.encode({ version: VERSION, topics, userData: leads() ? LEADS : FOLLOWS }),
    }),
    async assign({ members }) {
      const chosen = choose(members)
      return members.map(({ memberId }) => ({
        memberId,
        memberAssignment: MemberAssignment.encode({
          version: VERSION,
          assignment: memberId === chosen ? { [topic]: [0] } : {},
          userData: Buffer.alloc(0),
        }),
      }))
    },
  })

/** The one that leads; else, or where two believe to, the first by name. */
function choose(members: readonly Member[]): string | undefined {
  const byName = [...members].sort((a, b) => (a.memberId < b.memberId ? -1 : 1))
  const leading = byName.find(
    ({ memberMetadata }) => MemberMetadata.decode(memberMetadata)?.userData.equals(LEADS) ?? false,
  )
  return (leading ?? byName[0])?.memberId
}
