//! What can happen on a day. A new verb is one variant, one weight and one arm.

use super::dice::Dice;
use super::world::{Manner, World};
use super::{desk, outside, readers, shaping};
use lamplighter::base::CrashPoint;

#[derive(Clone, Copy, PartialEq, Eq, Debug)]
pub enum Deed {
    // The newsrooms.
    Push,
    PushMany,
    Edit,
    Correct,
    Copy,
    Embargo,
    OldNews,
    SitePublishes,
    SiteFloods,
    SiteWithdraws,
    SiteFails,
    SiteRecovers,
    Gather,
    // The readers.
    Join,
    Leave,
    ComeBack,
    Choose,
    Suppress,
    Erase,
    // The machines.
    Restart,
    Die(CrashPoint),
    SecondProcess,
    AwayForMinutes,
    AwayForHours,
    AwayForDays,
    SetBack,
    SetForward,
    RelayBusy,
    RelayAway,
    RelayRecovers,
    // The operators.
    Draft,
    Extra,
    Approve,
    Flag,
    Cancel,
    SendNow,
    Pause,
    Resume,
    Abort,
    MoveSlot,
    Holiday,
    Reorder,
    EditItem,
    EditWords,
    AddArticle,
    TakeOut,
    Rerank,
    Refresh,
    Intend,
    MoveInPool,
    /// Whatever was done is done again.
    Repeat,
}

const ANYWHERE: [(usize, Deed); 37] = {
    use Deed as D;
    [
        (30, D::Push),
        (12, D::PushMany),
        (6, D::Edit),
        (3, D::Correct),
        (5, D::Copy),
        (4, D::Embargo),
        (3, D::OldNews),
        (6, D::SitePublishes),
        (1, D::SiteFloods),
        (2, D::SiteWithdraws),
        (1, D::SiteFails),
        (2, D::SiteRecovers),
        (3, D::Gather),
        (4, D::Join),
        (2, D::Leave),
        (1, D::ComeBack),
        (3, D::Choose),
        (5, D::Draft),
        (2, D::Extra),
        (8, D::Approve),
        (2, D::Flag),
        (3, D::Cancel),
        (3, D::SendNow),
        (3, D::Pause),
        (4, D::Resume),
        (1, D::Abort),
        (2, D::MoveSlot),
        (1, D::Holiday),
        (3, D::Reorder),
        (5, D::EditItem),
        (3, D::EditWords),
        (4, D::AddArticle),
        (3, D::TakeOut),
        (1, D::Rerank),
        (2, D::Refresh),
        (4, D::Intend),
        (5, D::MoveInPool),
    ]
};

const WILD: [(usize, Deed); 15] = {
    use CrashPoint::{AfterCommit, BeforeCommit};
    use Deed as D;
    [
        (1, D::Suppress),
        (1, D::Erase),
        (3, D::Restart),
        (4, D::Die(BeforeCommit)),
        (4, D::Die(AfterCommit)),
        (4, D::SecondProcess),
        (3, D::AwayForMinutes),
        (3, D::AwayForHours),
        (1, D::AwayForDays),
        (1, D::SetBack),
        (1, D::SetForward),
        (2, D::RelayBusy),
        (1, D::RelayAway),
        (4, D::RelayRecovers),
        (6, D::Repeat),
    ]
};

impl Deed {
    pub fn draw(dice: &mut Dice, manner: Manner) -> Self {
        match manner {
            Manner::Wild if dice.chance(22) => dice.weighted(&WILD),
            _ => dice.weighted(&ANYWHERE),
        }
    }

    pub async fn happen(self, world: &mut World) {
        use Deed as D;
        match self {
            D::Push
            | D::PushMany
            | D::Edit
            | D::Correct
            | D::Copy
            | D::Embargo
            | D::OldNews
            | D::SitePublishes
            | D::SiteFloods
            | D::SiteWithdraws
            | D::SiteFails
            | D::SiteRecovers
            | D::Gather => outside::publish(world, self).await,
            D::Join | D::Leave | D::ComeBack | D::Choose | D::Suppress | D::Erase => readers::act(world, self).await,
            D::Restart
            | D::Die(_)
            | D::SecondProcess
            | D::AwayForMinutes
            | D::AwayForHours
            | D::AwayForDays
            | D::SetBack
            | D::SetForward
            | D::RelayBusy
            | D::RelayAway
            | D::RelayRecovers => outside::befall(world, self).await,
            D::Draft
            | D::Extra
            | D::Approve
            | D::Flag
            | D::Cancel
            | D::SendNow
            | D::Pause
            | D::Resume
            | D::Abort
            | D::MoveSlot
            | D::Holiday
            | D::Repeat => desk::act(world, self).await,
            D::Reorder
            | D::EditItem
            | D::EditWords
            | D::AddArticle
            | D::TakeOut
            | D::Rerank
            | D::Refresh
            | D::Intend
            | D::MoveInPool => shaping::act(world, self).await,
        }
    }
}
