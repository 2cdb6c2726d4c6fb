//! Device authorization requests.

use std::collections::HashMap;

use auth_accounts::secret::Digest;
use auth_accounts::store::{Created, StoreError};

use super::super::ends::Ends;
use super::super::{SWEPT_WHEN_FULL, room, short};
use super::Authorization;
use crate::authorization::{DeviceDecision, DevicePoll, DeviceRequest, GrantId, SLOWER_BY};

#[derive(Default)]
pub(super) struct Devices {
    held: HashMap<Digest, Device>,
    by_user_code: HashMap<Digest, Digest>,
    by_end: Ends<Digest>,
}

pub(super) struct Device {
    request: DeviceRequest,
    polled_at: Option<u64>,
    decided: Option<Decided>,
}

enum Decided {
    Allowed(GrantId),
    Denied,
}

impl Devices {
    fn add(&mut self, request: &DeviceRequest) {
        self.by_user_code.insert(request.user_code, request.device_code);
        self.by_end.set(request.expires_at, request.device_code);
        let device = Device { request: request.clone(), polled_at: None, decided: None };
        self.held.insert(request.device_code, device);
    }

    pub(super) fn take_out(&mut self, device_code: &Digest) -> Option<Device> {
        let device = self.held.remove(device_code)?;
        self.by_user_code.remove(&device.request.user_code);
        self.by_end.remove(device.request.expires_at, *device_code);
        Some(device)
    }

    fn waiting_mut(&mut self, user_code: &Digest, now: u64) -> Option<&mut Device> {
        let device_code = self.by_user_code.get(user_code)?;
        let device = self.held.get_mut(device_code)?;
        (device.decided.is_none() && now < device.request.expires_at).then_some(device)
    }

    pub(super) fn waiting(&self, user_code: &Digest, now: u64) -> Option<&DeviceRequest> {
        let device = self.held.get(self.by_user_code.get(user_code)?)?;
        let is_waiting = device.decided.is_none() && now < device.request.expires_at;
        is_waiting.then_some(&device.request)
    }
}

impl Authorization {
    pub(super) fn begin_device(
        &mut self,
        request: &DeviceRequest,
        now: u64,
        limit: usize,
    ) -> Result<Created, StoreError> {
        let scopes = serde_json::to_vec(&(&request.scopes, &request.resources));
        short(&[
            (request.client_id.as_bytes(), "the id of a client"),
            (request.jkt.as_deref().unwrap_or_default().as_bytes(), "a thumbprint"),
            (&scopes.unwrap_or_default(), "the scopes of a device"),
        ])?;
        let same_user_code = self.devices.by_user_code.get(&request.user_code).copied();
        let mut is_taken = false;
        for code in [Some(request.device_code), same_user_code].into_iter().flatten() {
            if self.devices.held.get(&code).is_some_and(|it| now < it.request.expires_at) {
                is_taken = true;
            } else {
                self.remove_device(&code);
            }
        }
        if is_taken {
            return Ok(Created::Taken);
        }
        if self.devices.held.len() >= limit {
            self.sweep_devices(now, SWEPT_WHEN_FULL);
        }
        room(self.devices.held.len(), 1, limit, "requests of devices")?;
        self.devices.add(request);
        Ok(Created::Created)
    }

    /// Removes a request that has expired, with its grant if the device never fetched that.
    fn remove_device(&mut self, device_code: &Digest) {
        let device = self.devices.take_out(device_code);
        if let Some(Decided::Allowed(grant)) = device.and_then(|it| it.decided) {
            self.remove_grant(&grant);
        }
    }

    pub(super) fn sweep_devices(&mut self, now: u64, limit: usize) -> usize {
        let over = self.devices.by_end.over(now, limit);
        for code in &over {
            self.remove_device(code);
        }
        over.len()
    }

    pub(super) fn decide_device(
        &mut self,
        user_code: &Digest,
        decision: &DeviceDecision,
        now: u64,
        limit: usize,
    ) -> Result<bool, StoreError> {
        let Some(waiting) = self.devices.waiting(user_code, now) else { return Ok(false) };
        let device_code = waiting.device_code;
        let decided = match decision {
            DeviceDecision::Allowed(grant) => {
                self.room_for_grant(now, limit)?;
                self.grants.check(grant)?;
                self.grants.add(grant);
                if let Some(held) = self.grants.held_mut(&grant.id) {
                    held.device = Some(device_code);
                }
                Decided::Allowed(grant.id.clone())
            }
            DeviceDecision::Denied => Decided::Denied,
        };
        if let Some(device) = self.devices.waiting_mut(user_code, now) {
            device.decided = Some(decided);
        }
        Ok(true)
    }

    pub(super) fn poll_device(
        &mut self,
        device_code: &Digest,
        client_id: &str,
        now: u64,
    ) -> DevicePoll {
        let device = self.devices.held.get_mut(device_code);
        let Some(device) = device.filter(|it| it.request.client_id == client_id) else {
            return DevicePoll::Invalid;
        };
        if device.request.expires_at <= now {
            return DevicePoll::Expired;
        }
        match &device.decided {
            None => {
                let interval = device.request.interval;
                let is_early = device.polled_at.is_some_and(|at| now < at.saturating_add(interval));
                device.polled_at = Some(now);
                if is_early {
                    device.request.interval = interval.saturating_add(SLOWER_BY);
                    return DevicePoll::SlowDown;
                }
                DevicePoll::Pending
            }
            Some(Decided::Denied) => DevicePoll::Denied,
            Some(Decided::Allowed(id)) => {
                // It may have been revoked before the device collected it.
                let grant = self.grants.live(id, now).cloned();
                grant.map_or(DevicePoll::Denied, |grant| DevicePoll::Allowed(Box::new(grant)))
            }
        }
    }
}
