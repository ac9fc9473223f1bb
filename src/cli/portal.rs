//! `serve` and `demo`: a portal on top of a store, until it is told to stop.

use std::{future::Future, net::SocketAddr};

use super::{DemoArgs, ServeArgs, StoreArgs, opening};
use crate::{
    app::App,
    clock::Clock,
    config::{self, Config},
    demo,
    embedded::{Embedded, Settings, data_dir},
    error::{Error, Result},
    serve,
    store::{self, Store},
};

pub async fn serve(args: ServeArgs) -> Result<()> {
    refuse_open_door(&args)?;
    let config = Config {
        public_url: args.public_url,
        trusted_proxies: args.trusted_proxy,
        demo: false,
        jobs: !args.no_jobs,
        mfa: args.mfa,
        providers: config::providers()?,
    };
    match opening::database_url(&args.store)? {
        Some(url) => {
            let store = Store::connect(opening::options(&url)?, store::pool_size()).await?;
            opening::refuse_strange_schema(&store).await?;
            listen(App::new(store, Clock::system(), config).await?, args.listen, |_| {}).await
        }
        None => {
            private(&args.store, false, async |store| {
                listen(App::new(store, Clock::system(), config).await?, args.listen, |_| {}).await
            })
            .await
        }
    }
}

/// Passwords and tickets over a plain network are for everybody on it to read.
fn refuse_open_door(args: &ServeArgs) -> Result<()> {
    if args.listen.ip().is_loopback() || !args.trusted_proxy.is_empty() {
        return Ok(());
    }
    Err(Error::command(format!(
        "{} can be reached from the network without TLS. Put a proxy that ends TLS before it and name the proxy with \
         --trusted-proxy, or listen on 127.0.0.1.",
        args.listen
    )))
}

pub async fn demo(args: DemoArgs) -> Result<()> {
    let data = args.data.clone().unwrap_or_else(|| data_dir(None).join("demo"));
    // Beside the lines that programs read.
    eprintln!("The demo's store is in {}.", data.display());
    let store_args = StoreArgs { database_url: None, owner_url: None, data: Some(data), pg_bin: args.pg_bin.clone() };
    let reset = args.reset;
    private(&store_args, reset, async |store| {
        let clock = args.at.map_or_else(Clock::system, Clock::running_from);
        let printed = demo::open(&store, clock.now(), SEED, progress()).await?;
        demo::catch_up(&store, &clock).await?;
        let config =
            Config { demo: true, jobs: true, mfa: args.mfa, providers: config::providers()?, ..Config::default() };
        let app = App::new(store, clock, config).await?;
        if args.quiet_fleet {
            tokio::spawn(demo::keep_breathing(app.clone()));
        } else {
            tokio::spawn(demo::run_generator(app.clone(), app.stop.clone()));
        }
        listen(app, SocketAddr::from(([127, 0, 0, 1], args.port)), |port| {
            println!("url http://127.0.0.1:{port}\n{printed}ready");
        })
        .await
    })
    .await
}

/// The same world for everybody who tries it.
const SEED: u64 = 2_003;

/// A bar for the minute that a first start takes.
fn progress() -> impl demo::Progress {
    let bar = indicatif::ProgressBar::new(0);
    if let Ok(style) = indicatif::ProgressStyle::with_template("{msg:24} {wide_bar} {pos}/{len}") {
        bar.set_style(style);
    }
    move |what: &str, done: usize, of: usize| {
        bar.set_message(what.to_owned());
        bar.set_length(u64::try_from(of).unwrap_or(0));
        bar.set_position(u64::try_from(done).unwrap_or(0));
        if done >= of {
            bar.finish_and_clear();
        }
    }
}

/// Listens first, so that whoever is told the address finds somebody there.
async fn listen(app: App, address: SocketAddr, say: impl FnOnce(u16)) -> Result<()> {
    let listener = serve::bind(address).await?;
    let port = listener.local_addr()?.port();
    serve::stop_on_signals(&app.stop)?;
    say(port);
    tracing::info!(%address, port, "listening");
    serve::serve(&app, listener).await
}

/// Runs work on a private store, and stops the store when the work is over or the store has died.
async fn private<F: Future<Output = Result<()>>>(
    args: &StoreArgs,
    reset: bool,
    work: impl FnOnce(Store) -> F,
) -> Result<()> {
    let settings: Settings = opening::settings(args);
    let mut embedded = Embedded::start(&settings).await?;
    if reset {
        opening::empty_demo(embedded.owner()).await?;
    }
    opening::migrate_as(embedded.owner()).await?;
    let store = Store::connect(embedded.app(), store::pool_size()).await?;
    let done = tokio::select! {
        done = work(store) => done,
        error = embedded.died() => Err(error),
    };
    embedded.stop().await?;
    done
}
