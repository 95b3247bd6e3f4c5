import { describe, expect, it } from "vitest";
import { canonicalScript } from "./canonical-script.ts";

const same = (left: string, right: string) => canonicalScript(left) === canonicalScript(right);

describe("a canonical script", () => {
  it.each([
    [
      "variables, parameters and functions",
      "let a=1;function b(c){return a+c}b(2)",
      "let x=1;function a(b){return x+b}a(2)",
    ],
    ["patterns", "const{p:a,...b}=q,[c=1]=a;r(a,b,c)", "const{p:x,...a}=q,[b=1]=x;r(x,a,b)"],
    ["a name that is that of its property in one of them", "let p=1;q({p})", "let a=1;q({p:a})"],
    ["a name that is that of a property read from it in one of them", "let p=1;q(p.p)", "let a=1;q(a.p)"],
    [
      "imports, and what is exported",
      'import a from"m";import{s as b}from"m";export{a as c,b as d}',
      'import x from"m";import{s as y}from"m";export{x as c,y as d}',
    ],
    [
      "caught errors, classes and labels",
      "a:for(;;)try{break a}catch(b){class c extends b{}}",
      "x:for(;;)try{break x}catch(a){class b extends a{}}",
    ],
  ])("is the same when only locals have other names: %s", (_, left, right) => {
    expect(same(left, right)).toBe(true);
  });

  it.each([
    ["two locals trade places", "let a=1,b=2;q(a-b)", "let a=1,b=2;q(b-a)"],
    ["another global is called", "Math.min(1)", "Nath.min(1)"],
    ["another property is read", "let a=q;a.b", "let a=q;a.c"],
    ["another key is written", "q({a:1})", "q({b:1})"],
    ["a local and a property of one name trade places", "let a=1;q(a.a,a)", "let a=1;q(a,a.a)"],
    ["a computed key becomes a plain one", "let a=1;q({[a]:1})", "let a=1;q({a:1})"],
    ["something else is exported", "let a=1;export{a as b}", "let a=1;export{a as c}"],
    ["something else is imported", 'import{s as a}from"m";a()', 'import{t as a}from"m";a()'],
    ["another module is meant", 'import a from"m"', 'import a from"n"'],
    ["a number, a text, an expression, a large integer", "q(1)", 'q("1")'],
    ["a regular expression", "q(/a/)", "q(/a/g)"],
    ["a template", "q(`a`)", "q(`b`)"],
    ["an operator", "q(1<2)", "q(1<=2)"],
    ["another method", "class a{b(){}}", "class a{c(){}}"],
    ["undefined for a text of that name", "q(undefined)", 'q("undefined")'],
  ])("is another when %s", (_, left, right) => {
    expect(same(left, right)).toBe(false);
  });
});
