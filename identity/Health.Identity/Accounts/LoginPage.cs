using System.Text.Encodings.Web;

namespace Health.Identity.Accounts;

/// <summary>The sign-in page: one form, no script, no file from elsewhere.</summary>
internal static class LoginPage
{
    private sealed record Words(string Lang, string Title, string Lead, string User, string Password, string Enter, string Failed, string Other, string OtherLang);

    private static readonly Words Chinese = new(
        "zh-CN", "登录", "绵阳市区域卫生信息平台", "用户名", "密码", "登录",
        "用户名或密码不正确，或账号已锁定（连续五次失败锁定十五分钟）。", "English", "en");

    private static readonly Words English = new(
        "en", "Sign in", "Regional health information platform, Mianyang", "User name", "Password", "Sign in",
        "The user name or password is wrong, or the account is locked (five failures in a row lock it for fifteen minutes).", "中文", "zh");

    public static string Render(string language, string returnUrl, string antiforgeryField, string antiforgeryToken, bool failed)
    {
        var words = language == "en" ? English : Chinese;
        string E(string text) => HtmlEncoder.Default.Encode(text);
        var other = $"/identity/login?lang={words.OtherLang}&returnUrl={Uri.EscapeDataString(returnUrl)}";
        return $$"""
            <!doctype html>
            <html lang="{{words.Lang}}">
            <head>
            <meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title>{{words.Title}} · {{words.Lead}}</title>
            <style>
            body{font-family:"Noto Sans CJK SC","Noto Sans SC","Microsoft YaHei",system-ui,sans-serif;background:#eef3f6;color:#16323f;display:grid;place-items:center;min-height:100vh;margin:0}
            main{background:#fff;padding:2.5rem;border-radius:8px;box-shadow:0 2px 12px #16323f22;width:min(22rem,90vw);box-sizing:border-box}
            h1{font-size:1.5rem;margin:0}p{margin:.4rem 0 1.4rem}label{display:block;margin:.9rem 0 .3rem}
            input{width:100%;box-sizing:border-box;padding:.6rem;border:1px solid #71879a;border-radius:4px;font:inherit}
            button{margin-top:1.4rem;width:100%;padding:.7rem;border:0;border-radius:4px;background:#0b6272;color:#fff;font:inherit;cursor:pointer}
            [role=alert]{background:#fdecea;color:#8a1c12;padding:.6rem;border-radius:4px}a{color:#0b6272}
            </style>
            </head>
            <body><main>
            <h1>{{words.Title}}</h1><p>{{words.Lead}}</p>
            {{(failed ? $"<p role=\"alert\">{words.Failed}</p>" : "")}}
            <form method="post" action="/identity/login?lang={{language}}">
            <input type="hidden" name="{{E(antiforgeryField)}}" value="{{E(antiforgeryToken)}}">
            <input type="hidden" name="returnUrl" value="{{E(returnUrl)}}">
            <label for="user">{{words.User}}</label><input id="user" name="user" autocomplete="username" required autofocus maxlength="100">
            <label for="password">{{words.Password}}</label><input id="password" name="password" type="password" autocomplete="current-password" required maxlength="200">
            <button type="submit">{{words.Enter}}</button>
            </form>
            <p><a href="{{E(other)}}" lang="{{words.OtherLang}}">{{words.Other}}</a></p>
            </main></body>
            </html>
            """;
    }
}
